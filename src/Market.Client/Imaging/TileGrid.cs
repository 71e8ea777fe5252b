using System.Diagnostics.CodeAnalysis;

namespace Market.Client.Imaging;

/// <summary>Joins tiles to one picture.</summary>
public static class TileGrid
{
    /// <summary>
    /// Lays tiles out row by row. Tiles of a column must be equally wide and tiles of a row equally high, and every row
    /// must be full; otherwise <paramref name="fault"/> says which tile does not fit.
    /// </summary>
    public static bool TryAssemble(
        IReadOnlyList<Picture> tiles, int columns, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? fault)
    {
        picture = null;
        fault = FindFault(tiles, columns);
        if (fault is not null) return false;

        var width = Enumerable.Range(0, columns).Sum(column => tiles[column].Width);
        var height = Enumerable.Range(0, tiles.Count / columns).Sum(row => tiles[row * columns].Height);
        var pixels = new byte[width * height * Picture.PixelSize];
        var top = 0;
        for (var first = 0; first < tiles.Count; first += columns)
        {
            for (var y = 0; y < tiles[first].Height; y++)
            {
                var target = pixels.AsSpan((top + y) * width * Picture.PixelSize, width * Picture.PixelSize);
                for (var column = 0; column < columns; column++)
                {
                    var row = tiles[first + column].Row(y);
                    row.CopyTo(target);
                    target = target[row.Length..];
                }
            }

            top += tiles[first].Height;
        }

        picture = new Picture(width, height, pixels);
        return true;
    }

    private static string? FindFault(IReadOnlyList<Picture> tiles, int columns)
    {
        if (columns < 1 || tiles.Count == 0 || tiles.Count % columns != 0) return $"{tiles.Count} tiles do not fill rows of {columns}";
        for (var i = 0; i < tiles.Count; i++)
        {
            var (across, down) = (tiles[i % columns], tiles[i - (i % columns)]);
            if (tiles[i].Width != across.Width || tiles[i].Height != down.Height)
            {
                return $"tile {i} has {tiles[i].Width} x {tiles[i].Height} pixels where {across.Width} x {down.Height} fit";
            }
        }

        var pixels = Enumerable.Range(0, columns).Sum(c => (long)tiles[c].Width) * Enumerable.Range(0, tiles.Count / columns).Sum(r => (long)tiles[r * columns].Height);
        return pixels > Picture.MaxPixels ? $"{pixels} pixels are more than a picture may have" : null;
    }
}
