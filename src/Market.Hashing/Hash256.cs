using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Market.Hashing;

/// <summary>A 32-byte word: a hash, a root, a key. Held as four big-endian limbs, so equality is four compares.</summary>
public readonly record struct Hash256 : IComparable<Hash256>
{
    /// <summary>Bytes in a word.</summary>
    public const int Size = 32;

    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly ulong _w2;
    private readonly ulong _w3;

    /// <summary>Takes the first 32 bytes of <paramref name="bytes"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"a hash is {Size} bytes, not {bytes.Length}", nameof(bytes));
        _w0 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _w1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _w2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _w3 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The all-zero word.</summary>
    public static Hash256 Zero => default;

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _w0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _w2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _w3);
    }

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads 64 hexadecimal digits with or without a leading 0x.</summary>
    public static bool TryParse(string? text, out Hash256 hash)
    {
        hash = default;
        if (!Hex.TryDecode(text, out var bytes) || bytes.Length != Size) return false;
        hash = new Hash256(bytes);
        return true;
    }

    /// <summary>Reads 64 hexadecimal digits with or without a leading 0x.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is something else.</exception>
    public static Hash256 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException("expected 64 hexadecimal digits");

    /// <inheritdoc/>
    public int CompareTo(Hash256 other)
    {
        var order = _w0.CompareTo(other._w0);
        if (order == 0) order = _w1.CompareTo(other._w1);
        if (order == 0) order = _w2.CompareTo(other._w2);
        return order == 0 ? _w3.CompareTo(other._w3) : order;
    }

    /// <summary>0x and 64 lower-case digits.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"0x{_w0:x16}{_w1:x16}{_w2:x16}{_w3:x16}");
}

/// <summary>Hexadecimal text as Ethereum writes it.</summary>
public static class Hex
{
    /// <summary>0x and two lower-case digits per byte.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    /// <summary>Reads an even number of digits with or without a leading 0x.</summary>
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null) return false;
        var digits = text.AsSpan();
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) digits = digits[2..];
        if (digits.Length % 2 != 0) return false;
        foreach (var c in digits)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
        }

        bytes = Convert.FromHexString(digits);
        return true;
    }

    /// <summary>Reads an even number of digits with or without a leading 0x.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is something else.</exception>
    public static byte[] Decode(string text) =>
        TryDecode(text, out var bytes) ? bytes : throw new FormatException("expected hexadecimal digits");
}
