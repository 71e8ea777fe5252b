using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Market.Ethereum.Rlp;

/// <summary>Writes RLP items. Source: Ethereum yellow paper, appendix B.</summary>
public sealed class RlpWriter
{
    private const int ShortLimit = 55;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>The RLP of what <paramref name="write"/> writes, as one list.</summary>
    public static byte[] List(Action<RlpWriter> write)
    {
        var writer = new RlpWriter();
        writer.WriteList(write);
        return writer.ToArray();
    }

    /// <summary>Writes a byte string.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 1 || bytes[0] >= 0x80) WriteHeader(0x80, bytes.Length);
        _buffer.Write(bytes);
    }

    /// <summary>Writes an integer as its shortest big-endian bytes; zero is the empty string.</summary>
    public void WriteInteger(BigInteger value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        WriteBytes(value.IsZero ? [] : value.ToByteArray(isUnsigned: true, isBigEndian: true));
    }

    /// <summary>Writes a list of the items that <paramref name="write"/> writes.</summary>
    public void WriteList(Action<RlpWriter> write)
    {
        var items = new RlpWriter();
        write(items);
        WriteHeader(0xc0, items._buffer.WrittenCount);
        _buffer.Write(items._buffer.WrittenSpan);
    }

    /// <summary>The items written.</summary>
    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    private void WriteHeader(byte kind, int length)
    {
        if (length <= ShortLimit)
        {
            _buffer.Write([(byte)(kind + length)]);
            return;
        }

        Span<byte> size = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, length);
        size = size.TrimStart((byte)0);
        _buffer.Write([(byte)(kind + ShortLimit + size.Length)]);
        _buffer.Write(size);
    }
}
