using System.Buffers.Binary;
using System.IO.Compression;

namespace Market.Client.Imaging;

/// <summary>Writes PNG files (RFC 2083): eight-bit RGB, no interlacing, each row with the filter that suits it best.</summary>
public static class PngWriter
{
    private const int FilterCount = 5;

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Writes the whole file. The same picture gives the same bytes on one machine; zlib may differ between versions.</summary>
    public static void Write(Stream output, Picture picture)
    {
        output.Write([0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n']);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], picture.Height);
        header[8] = 8; // bits a channel
        header[9] = 2; // RGB
        header[10..].Clear();
        WriteChunk(output, "IHDR"u8, header);
        WriteChunk(output, "IDAT"u8, Compress(picture));
        WriteChunk(output, "IEND"u8, []);
    }

    private static ReadOnlySpan<byte> Compress(Picture picture)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var size = picture.Width * Picture.PixelSize;
            Span<byte> above = new byte[size];
            Span<byte> best = new byte[size];
            Span<byte> candidate = new byte[size];
            for (var y = 0; y < picture.Height; y++)
            {
                var row = picture.Row(y);
                var bestFilter = 0;
                var bestCost = long.MaxValue;
                for (var filter = 0; filter < FilterCount; filter++)
                {
                    var cost = Filter(filter, row, above, candidate);
                    if (cost >= bestCost) continue;
                    bestFilter = filter;
                    bestCost = cost;
                    candidate.CopyTo(best);
                }

                zlib.WriteByte((byte)bestFilter);
                zlib.Write(best);
                above = row;
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    // Section 6. The cost is the usual heuristic: the sum of the differences taken as signed numbers.
    private static long Filter(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> result)
    {
        long cost = 0;
        for (var i = 0; i < row.Length; i++)
        {
            int left = i < Picture.PixelSize ? 0 : row[i - Picture.PixelSize];
            int corner = i < Picture.PixelSize ? 0 : above[i - Picture.PixelSize];
            result[i] = (byte)(row[i] - Predict(filter, left, above[i], corner));
            cost += Math.Abs((int)(sbyte)result[i]);
        }

        return cost;
    }

    /// <summary>What a filter takes a byte for, from those around it.</summary>
    internal static int Predict(int filter, int left, int up, int corner) => filter switch
    {
        1 => left,
        2 => up,
        3 => (left + up) / 2,
        4 => Paeth(left, up, corner),
        _ => 0,
    };

    private static int Paeth(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        var (toLeft, toUp, toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        if (toLeft <= toUp && toLeft <= toCorner) return left;
        return toUp <= toCorner ? up : corner;
    }

    private static void WriteChunk(Stream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        output.Write(word);
        output.Write(type);
        output.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, ~Crc(data, Crc(type, uint.MaxValue)));
        output.Write(word);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (var b in data) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xedb88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
