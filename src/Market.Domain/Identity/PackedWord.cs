using System.Numerics;
using Market.Hashing;

namespace Market.Domain.Identity;

/// <summary>Fields side by side in one 256-bit word, from the lowest bit, as the contracts pack what travels.</summary>
internal sealed class PackedWord
{
    private BigInteger _word;
    private int _at;

    /// <summary>An empty word to fill, or a word to read.</summary>
    public PackedWord(BigInteger word = default) => _word = word;

    public PackedWord Add(ulong value, int bits)
    {
        if (bits < 64 && value >> bits != 0) throw new ArgumentOutOfRangeException(nameof(value), value, $"does not fit {bits} bits");
        return Put(value, bits);
    }

    public PackedWord Add(Address address) => Put(new BigInteger(address.ToArray(), isUnsigned: true, isBigEndian: true), 8 * Address.Size);

    public BigInteger Word => _word;

    public ulong Take(int bits) => (ulong)Cut(bits);

    public Address TakeAddress()
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        var number = Cut(8 * Address.Size);
        number.TryWriteBytes(bytes[^number.GetByteCount(isUnsigned: true)..], out _, isUnsigned: true, isBigEndian: true);
        return new Address(bytes);
    }

    private PackedWord Put(BigInteger value, int bits)
    {
        _word |= value << _at;
        _at += bits;
        return this;
    }

    private BigInteger Cut(int bits)
    {
        var value = (_word >> _at) & ((BigInteger.One << bits) - 1);
        _at += bits;
        return value;
    }
}
