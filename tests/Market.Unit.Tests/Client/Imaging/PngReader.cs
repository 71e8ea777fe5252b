using System.Buffers.Binary;
using System.IO.Compression;
using Market.Client.Imaging;

namespace Market.Unit.Tests.Client.Imaging;

/// <summary>Decodes what the writer writes, from the specification and not from the writer.</summary>
internal static class PngReader
{
    public static Picture Read(ReadOnlySpan<byte> file)
    {
        Assert.Equal(new byte[] { 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a }, file[..8].ToArray());
        file = file[8..];
        var header = Chunk(ref file, "IHDR");
        var data = Chunk(ref file, "IDAT");
        Assert.Empty(Chunk(ref file, "IEND"));
        Assert.True(file.IsEmpty);
        Assert.Equal([8, 2, 0, 0, 0], header[8..]);
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));

        using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        var size = width * 3;
        var pixels = new byte[height * size];
        var line = new byte[1 + size];
        for (var y = 0; y < height; y++)
        {
            zlib.ReadExactly(line);
            for (var i = 0; i < size; i++)
            {
                var a = i >= 3 ? pixels[(y * size) + i - 3] : 0;
                var b = y > 0 ? pixels[((y - 1) * size) + i] : 0;
                var c = i >= 3 && y > 0 ? pixels[((y - 1) * size) + i - 3] : 0;
                pixels[(y * size) + i] = (byte)(line[1 + i] + (line[0] switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) >> 1, 4 => Paeth(a, b, c), _ => throw new InvalidDataException() }));
            }
        }

        Assert.Equal(-1, zlib.ReadByte());
        return new Picture(width, height, pixels);
    }

    private static int Paeth(int a, int b, int c) => new[] { a, b, c }.MinBy(x => Math.Abs(a + b - c - x));

    private static byte[] Chunk(ref ReadOnlySpan<byte> file, string type)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(file);
        Assert.Equal(type, System.Text.Encoding.ASCII.GetString(file.Slice(4, 4)));
        var crc = uint.MaxValue;
        foreach (var b in file.Slice(4, 4 + length))
        {
            crc ^= b;
            for (var i = 0; i < 8; i++) crc = (crc >> 1) ^ (0xedb88320 & (uint)-(int)(crc & 1));
        }

        Assert.Equal(~crc, BinaryPrimitives.ReadUInt32BigEndian(file[(8 + length)..]));
        var data = file.Slice(8, length).ToArray();
        file = file[(12 + length)..];
        return data;
    }
}
