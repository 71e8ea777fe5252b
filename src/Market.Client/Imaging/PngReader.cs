using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Market.Client.Imaging;

/// <summary>Reads eight-bit RGB pictures from PNG (RFC 2083), as jobs of the market write them. Checksums are not looked at: outputs are known by their hash.</summary>
public static class PngReader
{
    private const int Signature = 8;
    private const int ChunkFrame = 12;
    private static ReadOnlySpan<byte> Form => [8, 2, 0, 0, 0];

    /// <summary>Reads a whole file.</summary>
    /// <returns>False if it is no such picture.</returns>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out Picture? picture)
    {
        picture = null;
        var (width, height) = (0, 0);
        using var packed = new MemoryStream();
        for (var at = Signature; at + ChunkFrame <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0 || length > file.Length - at - ChunkFrame) return false;
            var type = file.Slice(at + 4, 4);
            var data = file.Slice(at + 8, length);
            if (type.SequenceEqual("IDAT"u8)) packed.Write(data);
            if (type.SequenceEqual("IHDR"u8))
            {
                if (length != 13 || !data[8..].SequenceEqual(Form)) return false;
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
            }

            at += ChunkFrame + length;
        }

        if (width < 1 || height < 1 || (long)width * height > Picture.MaxPixels) return false;
        packed.Position = 0;
        return TryUnpack(packed, new Picture(width, height, new byte[width * height * Picture.PixelSize]), out picture);
    }

    private static bool TryUnpack(MemoryStream packed, Picture into, [NotNullWhen(true)] out Picture? picture)
    {
        picture = null;
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
            var above = new byte[into.Width * Picture.PixelSize].AsSpan();
            for (var y = 0; y < into.Height; y++)
            {
                var row = into.Row(y);
                if (zlib.ReadByte() is not (>= 0 and <= 4 and var filter)) return false;
                zlib.ReadExactly(row);
                for (var i = 0; i < row.Length; i++)
                {
                    int left = i < Picture.PixelSize ? 0 : row[i - Picture.PixelSize];
                    int corner = i < Picture.PixelSize ? 0 : above[i - Picture.PixelSize];
                    row[i] += (byte)PngWriter.Predict(filter, left, above[i], corner);
                }

                above = row;
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return false;
        }

        picture = into;
        return true;
    }
}
