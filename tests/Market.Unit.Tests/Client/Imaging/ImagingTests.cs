using System.Text;
using CsCheck;
using Market.Client.Imaging;

namespace Market.Unit.Tests.Client.Imaging;

public sealed class ImagingTests
{
    private static readonly Gen<Picture> Pictures =
        from width in Gen.Int[1, 40]
        from height in Gen.Int[1, 40]
        from smooth in Gen.Bool
        from noise in Gen.Byte.Array[width * height * 3]
        select new Picture(width, height, smooth ? [.. Enumerable.Range(0, noise.Length).Select(i => (byte)(i + (noise[i] & 3)))] : noise);

    [Fact]
    public void Png_ReadBack_IsTheSamePicture() => Pictures.Sample(picture =>
    {
        var file = new MemoryStream();

        PngWriter.Write(file, picture);

        var read = PngReader.Read(file.ToArray());
        Assert.Equal((picture.Width, picture.Height), (read.Width, read.Height));
        Assert.Equal(picture.Pixels, read.Pixels);
        Assert.True(global::Market.Client.Imaging.PngReader.TryRead(file.ToArray(), out var again));
        Assert.Equal((picture.Width, picture.Height), (again.Width, again.Height));
        Assert.Equal(picture.Pixels, again.Pixels);
        Assert.False(global::Market.Client.Imaging.PngReader.TryRead(file.ToArray().AsSpan(0, (int)file.Length - 20), out _));
    }, iter: 200);

    [Fact]
    public void Ppm_WrittenAndRead_IsTheSamePicture() => Pictures.Sample(picture =>
    {
        byte[] file = [.. Encoding.ASCII.GetBytes($"P6 # made here\n{picture.Width}\t{picture.Height}\n255\n"), .. picture.Pixels];

        Assert.True(PortablePixmap.TryRead(file, out var read, out _));

        Assert.Equal(picture.Pixels, read.Pixels);
    }, iter: 200);

    [Theory]
    [InlineData("P5 1 1 255 abc")]
    [InlineData("P61 1 255 abc")]
    [InlineData("P6 1 1 65535 abcdef")]
    [InlineData("P6 1 1 255 ab")]
    [InlineData("P6 1 1 255 abcd")]
    [InlineData("P6 0 0 255 ")]
    [InlineData("P6 1 1 255")]
    [InlineData("P6 99999999999 1 255 abc")]
    [InlineData("P6 20000 20000 255 abc")]
    [InlineData("P6 -1 1 255 abc")]
    [InlineData("P6 # endless comment")]
    [InlineData("")]
    public void Ppm_Malformed_IsAFault(string text)
    {
        Assert.False(PortablePixmap.TryRead(Encoding.ASCII.GetBytes(text), out _, out var fault));

        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Assemble_TilesCutFromAPicture_GiveItBack() =>
        (from picture in Pictures
         from columns in Gen.Int[1, picture.Width]
         from rows in Gen.Int[1, picture.Height]
         select (picture, columns, rows)).Sample(
            x =>
            {
                var tiles = Enumerable.Range(0, x.columns * x.rows).Select(i => Cut(x.picture, i % x.columns, x.columns, i / x.columns, x.rows)).ToList();

                Assert.True(TileGrid.TryAssemble(tiles, x.columns, out var joined, out _));

                Assert.Equal(x.picture.Width, joined.Width);
                Assert.Equal(x.picture.Pixels, joined.Pixels);
            },
            iter: 200);

    [Fact]
    public void Assemble_TileOfAnotherSize_IsNamed()
    {
        var tile = new Picture(2, 2, new byte[12]);
        var odd = new Picture(3, 2, new byte[18]);

        Assert.False(TileGrid.TryAssemble([tile, tile, tile, odd], 2, out _, out var fault));

        Assert.StartsWith("tile 3 ", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 0)]
    public void Assemble_UnfilledRows_IsAFault(int count, int columns)
    {
        var tiles = Enumerable.Repeat(new Picture(1, 1, new byte[3]), count).ToList();

        Assert.False(TileGrid.TryAssemble(tiles, columns, out _, out var fault));

        Assert.NotEmpty(fault);
    }

    [Fact]
    public void HalfBlocks_OfOneColour_ShowItEverywhere() =>
        (from width in Gen.Int[1, 60] from height in Gen.Int[1, 60] from columns in Gen.Int[1, 80] from colour in Gen.Byte select (width, height, columns, colour)).Sample(
            x =>
            {
                var pixels = new byte[x.width * x.height * 3];
                pixels.AsSpan().Fill(x.colour);

                var rows = HalfBlocks.Of(new Picture(x.width, x.height, pixels), x.columns);

                var expected = new Rgb(x.colour, x.colour, x.colour);
                Assert.All(rows, row => Assert.Equal(Math.Min(x.columns, x.width), row.Count));
                Assert.All(rows.SelectMany(row => row), cell => Assert.Equal(expected, cell.Upper));
                Assert.All(rows.SkipLast(1).SelectMany(row => row), cell => Assert.Equal(expected, cell.Lower));
            },
            iter: 300);

    [Fact]
    public void HalfBlocks_OfTwoRows_PutOneInEachHalf()
    {
        var rows = HalfBlocks.Of(new Picture(1, 2, [1, 2, 3, 4, 5, 6]), 10);

        Assert.Equal([new HalfBlock(new Rgb(1, 2, 3), new Rgb(4, 5, 6))], Assert.Single(rows));
    }

    private static Picture Cut(Picture picture, int column, int columns, int row, int rows)
    {
        var (left, right) = (column * picture.Width / columns, (column + 1) * picture.Width / columns);
        var (top, bottom) = (row * picture.Height / rows, (row + 1) * picture.Height / rows);
        var pixels = Enumerable.Range(top, bottom - top).SelectMany(y => picture.Row(y)[(left * 3)..(right * 3)].ToArray());
        return new Picture(right - left, bottom - top, [.. pixels]);
    }
}
