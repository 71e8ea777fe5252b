using System.Numerics;

namespace Market.Ethereum.Rlp;

/// <summary>Reads RLP items strictly: only the shortest encoding of each is accepted. Source: yellow paper, appendix B.</summary>
public ref struct RlpReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>Whether every item was read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Whether the next item is a list.</summary>
    public readonly bool NextIsList => !_rest.IsEmpty && _rest[0] >= 0xc0;

    /// <summary>Reads a byte string.</summary>
    /// <exception cref="FormatException">The next item is none.</exception>
    public ReadOnlySpan<byte> ReadBytes() => Read(isList: false);

    /// <summary>Reads a byte string of <paramref name="length"/> bytes.</summary>
    /// <exception cref="FormatException">The next item is none.</exception>
    public ReadOnlySpan<byte> ReadBytes(int length)
    {
        var bytes = Read(isList: false);
        return bytes.Length == length ? bytes : throw new FormatException($"RLP: {length} bytes expected, {bytes.Length} found");
    }

    /// <summary>Reads an integer of at most 256 bits without leading zeros.</summary>
    /// <exception cref="FormatException">The next item is none.</exception>
    public BigInteger ReadInteger()
    {
        var bytes = Read(isList: false);
        if (bytes.Length > 32) throw new FormatException("RLP: an integer is longer than 256 bits");
        if (bytes.Length > 0 && bytes[0] == 0) throw new FormatException("RLP: an integer starts with zeros");
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>Reads a 64-bit integer.</summary>
    /// <exception cref="FormatException">The next item is none.</exception>
    public ulong ReadUInt64()
    {
        var value = ReadInteger();
        return value <= ulong.MaxValue ? (ulong)value : throw new FormatException("RLP: an integer is longer than 64 bits");
    }

    /// <summary>A reader of the next item's items.</summary>
    /// <exception cref="FormatException">The next item is not a list.</exception>
    public RlpReader ReadList() => new(Read(isList: true));

    /// <summary>Fails unless every item was read.</summary>
    /// <exception cref="FormatException">Bytes are left.</exception>
    public readonly void End()
    {
        if (!AtEnd) throw new FormatException($"RLP: {_rest.Length} bytes follow");
    }

    private ReadOnlySpan<byte> Read(bool isList)
    {
        if (AtEnd || NextIsList != isList) throw new FormatException($"RLP: a {(isList ? "list" : "string")} was expected");
        var first = _rest[0];
        if (first < 0x80) return Take(0, 1);

        var length = first & 0x3f;
        if (length <= 55)
        {
            var item = Take(1, length);
            return isList || length != 1 || item[0] >= 0x80 ? item : throw new FormatException("RLP: a byte is not written in its shortest form");
        }

        var size = Take(1, length - 55);
        if (size[0] == 0 || size.Length > 4) throw new FormatException("RLP: a length is not written in its shortest form");
        long value = 0;
        foreach (var digit in size) value = (value << 8) | digit;
        return value > 55 ? Take(0, value) : throw new FormatException("RLP: a length is not written in its shortest form");
    }

    private ReadOnlySpan<byte> Take(int skip, long count)
    {
        if (skip + count > _rest.Length) throw new FormatException("RLP: the input ends inside an item");
        var taken = _rest.Slice(skip, (int)count);
        _rest = _rest[(skip + (int)count)..];
        return taken;
    }
}
