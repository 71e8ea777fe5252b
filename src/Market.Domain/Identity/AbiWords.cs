using System.Buffers.Binary;
using System.Numerics;
using Market.Hashing;

namespace Market.Domain.Identity;

/// <summary>
/// Writes 32-byte ABI words (Solidity ABI specification, "Formal Specification of the Encoding"), enough for the
/// market's content keys: the domain may not know the Ethereum library.
/// </summary>
internal sealed class AbiWords(int capacityInWords)
{
    private const int WordSize = 32;
    private readonly byte[] _bytes = new byte[capacityInWords * WordSize];
    private int _length;

    public AbiWords Add(ulong number)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Next()[24..], number);
        return this;
    }

    public AbiWords Add(UInt128 number)
    {
        BinaryPrimitives.WriteUInt128BigEndian(Next()[16..], number);
        return this;
    }

    public AbiWords Add(BigInteger number)
    {
        number.TryWriteBytes(Next()[^number.GetByteCount(isUnsigned: true)..], out _, isUnsigned: true, isBigEndian: true);
        return this;
    }

    public AbiWords Add(Hash256 word)
    {
        word.CopyTo(Next());
        return this;
    }

    public AbiWords Add(Address address)
    {
        address.CopyTo(Next()[12..]);
        return this;
    }

    public Hash256 Hash() => Keccak256.Hash(_bytes.AsSpan(0, _length));

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    private Span<byte> Next()
    {
        _length += WordSize;
        return _bytes.AsSpan(_length - WordSize, WordSize);
    }
}
