using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Market.Hashing;

namespace Market.Ethereum.Abi;

/// <summary>The types of the contract ABI and the CLR types that carry their values.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The members are named after the ABI's types.")]
public static class AbiTypes
{
    /// <summary>uint8.</summary>
    public static AbiType<byte> UInt8 { get; } = new AbiUnsigned<byte>(8);

    /// <summary>uint16.</summary>
    public static AbiType<ushort> UInt16 { get; } = new AbiUnsigned<ushort>(16);

    /// <summary>uint24.</summary>
    public static AbiType<uint> UInt24 { get; } = new AbiUnsigned<uint>(24);

    /// <summary>uint32.</summary>
    public static AbiType<uint> UInt32 { get; } = new AbiUnsigned<uint>(32);

    /// <summary>uint40.</summary>
    public static AbiType<ulong> UInt40 { get; } = new AbiUnsigned<ulong>(40);

    /// <summary>uint48.</summary>
    public static AbiType<ulong> UInt48 { get; } = new AbiUnsigned<ulong>(48);

    /// <summary>uint64.</summary>
    public static AbiType<ulong> UInt64 { get; } = new AbiUnsigned<ulong>(64);

    /// <summary>uint96.</summary>
    public static AbiType<UInt128> UInt96 { get; } = new AbiUnsigned<UInt128>(96);

    /// <summary>uint128.</summary>
    public static AbiType<UInt128> UInt128 { get; } = new AbiUnsigned<UInt128>(128);

    /// <summary>uint256.</summary>
    public static AbiType<BigInteger> UInt256 { get; } = new AbiBigInteger(256, signed: false);

    /// <summary>int256.</summary>
    public static AbiType<BigInteger> Int256 { get; } = new AbiBigInteger(256, signed: true);

    /// <summary>bool.</summary>
    public static AbiType<bool> Bool { get; } = new AbiBool();

    /// <summary>address.</summary>
    public static AbiType<Address> Address { get; } = new AbiAddress();

    /// <summary>bytes32; also what an indexed event member of dynamic type is replaced by (its hash).</summary>
    public static AbiType<Hash256> Bytes32 { get; } = new AbiHash();

    /// <summary>bytes.</summary>
    public static AbiType<HexBytes> Bytes { get; } = new AbiBytes();

    /// <summary>string, well-formed UTF-8 only.</summary>
    public static AbiType<string> String { get; } = new AbiString();

    /// <summary>uintN for the widths without a member of their own.</summary>
    public static AbiType<BigInteger> UInt(int bits) => new AbiBigInteger(Width(bits), signed: false);

    /// <summary>intN for the widths without a member of their own.</summary>
    public static AbiType<BigInteger> Int(int bits) => new AbiBigInteger(Width(bits), signed: true);

    /// <summary>bytesN of <paramref name="size"/> 1 to 31 bytes (bytes32 is <see cref="Bytes32"/>).</summary>
    public static AbiType<HexBytes> FixedBytes(int size) =>
        size is >= 1 and < 32 ? new AbiFixedBytes(size) : throw new ArgumentOutOfRangeException(nameof(size));

    /// <summary>A Solidity enum, in signatures a uint8; values without a name are refused both ways.</summary>
    public static AbiType<T> Enum<T>()
        where T : struct, Enum => new AbiEnum<T>();

    /// <summary>T[].</summary>
    /// <exception cref="ArgumentException"><paramref name="element"/> takes no bytes, so its count could not be bounded.</exception>
    public static AbiType<ImmutableArray<T>> Array<T>(AbiType<T> element) =>
        element.HeadWords > 0 ? new AbiArray<T>(element) : throw new ArgumentException("elements take no bytes", nameof(element));

    /// <summary>T[<paramref name="length"/>].</summary>
    public static AbiType<ImmutableArray<T>> FixedArray<T>(AbiType<T> element, int length) =>
        length > 0 ? new AbiFixedArray<T>(element, length) : throw new ArgumentOutOfRangeException(nameof(length));

    /// <summary>A struct.</summary>
    public static AbiType<T> Tuple<T>()
        where T : IAbiTuple<T> => new AbiTuple<T>();

    private static int Width(int bits) =>
        bits is > 0 and <= 256 && bits % 8 == 0 ? bits : throw new ArgumentOutOfRangeException(nameof(bits));
}
