using System.Text;
using Market.Hashing;

namespace Market.Ethereum.Abi;

/// <summary>Canonical signatures and what is cut from their hashes.</summary>
public static class AbiSignature
{
    /// <summary>Bytes in a function's or error's selector.</summary>
    public const int SelectorSize = 4;

    /// <summary><c>transfer(address,uint256)</c> from a name and its arguments' types.</summary>
    public static string Of(string name, IReadOnlyList<AbiType> components) => name + Tuple(components);

    /// <summary>The hash of a signature: an event's first topic.</summary>
    public static Hash256 Topic(string signature) => Keccak256.Hash(Encoding.ASCII.GetBytes(signature));

    /// <summary>The first four bytes of a signature's hash: a function's or an error's selector.</summary>
    public static uint Selector(string signature) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(Topic(signature).ToArray());

    internal static string Tuple(IReadOnlyList<AbiType> components) => $"({string.Join(',', components.Select(c => c.Name))})";
}

/// <summary>The selector of a function or error, computed once per type.</summary>
internal static class AbiFunctionSelector<T>
    where T : IAbiFunction<T>
{
    internal static uint Value { get; } = AbiSignature.Selector(AbiSignature.Of(T.Name, T.Components));
}
