using System.Buffers.Binary;
using System.IO.Compression;

namespace Market.EndToEnd.Tests.Harness;

/// <summary>Reads 8-bit RGB pictures from PNG, by the specification (ISO/IEC 15948) and nobody's writer.</summary>
internal static class PngReader
{
    private const int Pixel = 3;

    public static (int Width, int Height, byte[] Rgb) Read(string file)
    {
        var png = File.ReadAllBytes(file).AsSpan();
        Assert.True(png[..8].SequenceEqual(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }), "not a PNG");
        int width = 0, height = 0;
        using var packed = new MemoryStream();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            var data = png.Slice(at + 8, length);
            switch (System.Text.Encoding.ASCII.GetString(png.Slice(at + 4, 4)))
            {
                case "IHDR":
                    (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                    Assert.Equal(new byte[] { 8, 2, 0, 0, 0 }, data[8..13].ToArray());
                    break;
                case "IDAT":
                    packed.Write(data);
                    break;
            }

            at += 12 + length;
        }

        packed.Position = 0;
        using var raw = new MemoryStream();
        using (var inflate = new ZLibStream(packed, CompressionMode.Decompress)) inflate.CopyTo(raw);
        return (width, height, Unfilter(raw.ToArray(), width * Pixel, height));
    }

    private static byte[] Unfilter(byte[] raw, int stride, int height)
    {
        var rgb = new byte[stride * height];
        for (var y = 0; y < height; y++)
        {
            var filter = raw[y * (stride + 1)];
            for (var x = 0; x < stride; x++)
            {
                int a = x >= Pixel ? rgb[(y * stride) + x - Pixel] : 0;
                int b = y > 0 ? rgb[((y - 1) * stride) + x] : 0;
                int c = x >= Pixel && y > 0 ? rgb[((y - 1) * stride) + x - Pixel] : 0;
                var guess = filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, 4 => Paeth(a, b, c), _ => throw new InvalidDataException($"filter {filter}") };
                rgb[(y * stride) + x] = (byte)(raw[(y * (stride + 1)) + 1 + x] + guess);
            }
        }

        return rgb;
    }

    private static int Paeth(int a, int b, int c)
    {
        var p = a + b - c;
        var (pa, pb, pc) = (Math.Abs(p - a), Math.Abs(p - b), Math.Abs(p - c));
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
}
