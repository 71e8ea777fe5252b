using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Market.Hashing;

/// <summary>A 20-byte Ethereum account or contract address.</summary>
public readonly record struct Address : IComparable<Address>
{
    /// <summary>Bytes in an address.</summary>
    public const int Size = 20;

    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly uint _w2;

    /// <summary>Takes 20 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 20 bytes long.</exception>
    public Address(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"an address is {Size} bytes, not {bytes.Length}", nameof(bytes));
        _w0 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _w1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _w2 = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>The all-zero address.</summary>
    public static Address Zero => default;

    /// <summary>Writes the 20 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _w0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _w1);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _w2);
    }

    /// <summary>A new array of the 20 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads 40 hexadecimal digits; mixed case must carry a right EIP-55 checksum.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Address address)
    {
        address = default;
        if (!Hex.TryDecode(text, out var bytes) || bytes.Length != Size) return false;
        var parsed = new Address(bytes);
        var digits = text.AsSpan(text!.Length - (2 * Size));
        var mixed = digits.ContainsAnyInRange('a', 'f') && digits.ContainsAnyInRange('A', 'F');
        if (mixed && !digits.SequenceEqual(parsed.ToString().AsSpan(2))) return false;
        address = parsed;
        return true;
    }

    /// <summary>Reads 40 hexadecimal digits; mixed case must carry a right EIP-55 checksum.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is something else.</exception>
    public static Address Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException("expected an address of 40 hexadecimal digits");

    /// <inheritdoc/>
    public int CompareTo(Address other)
    {
        var order = _w0.CompareTo(other._w0);
        if (order == 0) order = _w1.CompareTo(other._w1);
        return order == 0 ? _w2.CompareTo(other._w2) : order;
    }

    /// <summary>0x and 40 digits with the EIP-55 checksum in their case.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        var digits = Convert.ToHexStringLower(bytes);
        var checksum = Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(digits)).ToString().AsSpan(2);
        Span<char> text = stackalloc char[2 + (2 * Size)];
        text[0] = '0';
        text[1] = 'x';
        for (var i = 0; i < digits.Length; i++)
        {
            text[i + 2] = checksum[i] >= '8' ? char.ToUpperInvariant(digits[i]) : digits[i];
        }

        return new string(text);
    }
}
