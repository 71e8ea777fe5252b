namespace Market.Client.Imaging;

/// <summary>One character cell of a preview: its upper and lower half, drawn as ▀ in two colours.</summary>
public readonly record struct HalfBlock(Rgb Upper, Rgb Lower);

/// <summary>Shrinks pictures to what a terminal can show.</summary>
public static class HalfBlocks
{
    /// <summary>Rows of cells, at most <paramref name="columns"/> wide, each half the mean of the pixels below it.</summary>
    public static IReadOnlyList<IReadOnlyList<HalfBlock>> Of(Picture picture, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        var width = Math.Min(columns, picture.Width);

        // A cell is about twice as high as wide, so each of its halves is square.
        var halves = Math.Max(1, (int)((long)picture.Height * width / picture.Width));
        var rows = new HalfBlock[(halves + 1) / 2][];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = new HalfBlock[width];
            for (var column = 0; column < width; column++)
            {
                var upper = Mean(picture, column, width, 2 * row, halves);
                rows[row][column] = new HalfBlock(upper, (2 * row) + 1 < halves ? Mean(picture, column, width, (2 * row) + 1, halves) : default);
            }
        }

        return rows;
    }

    private static Rgb Mean(Picture picture, int x, int columns, int y, int rows)
    {
        var (left, right) = Range(x, columns, picture.Width);
        var (top, bottom) = Range(y, rows, picture.Height);
        long red = 0, green = 0, blue = 0;
        for (var j = top; j < bottom; j++)
        {
            var row = picture.Row(j);
            for (var i = left; i < right; i++)
            {
                red += row[i * Picture.PixelSize];
                green += row[(i * Picture.PixelSize) + 1];
                blue += row[(i * Picture.PixelSize) + 2];
            }
        }

        var pixels = (long)(right - left) * (bottom - top);
        return new Rgb((byte)(red / pixels), (byte)(green / pixels), (byte)(blue / pixels));
    }

    private static (int From, int To) Range(int index, int parts, int length)
    {
        var from = (int)((long)index * length / parts);
        return (from, Math.Max(from + 1, (int)((long)(index + 1) * length / parts)));
    }
}
