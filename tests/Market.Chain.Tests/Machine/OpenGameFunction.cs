using System.Collections.Immutable;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>GamesHarness's open(address,uint8,bytes32,bytes32[32]).</summary>
internal sealed record OpenGameFunction(Address Provider, byte Rounds, Hash256 From, ImmutableArray<Hash256> Hashes) : IAbiFunction<OpenGameFunction>
{
    private static readonly AbiType<ImmutableArray<Hash256>> HashesType = AbiTypes.FixedArray(AbiTypes.Bytes32, 32);

    public static string Name => "open";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.Address, AbiTypes.UInt8, AbiTypes.Bytes32, HashesType];

    public static OpenGameFunction Decode(AbiReader reader) =>
        new(reader.Read(AbiTypes.Address), reader.Read(AbiTypes.UInt8), reader.Read(AbiTypes.Bytes32), reader.Read(HashesType));

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.Address, Provider);
        writer.Write(AbiTypes.UInt8, Rounds);
        writer.Write(AbiTypes.Bytes32, From);
        writer.Write(HashesType, Hashes);
    }
}
