using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Tests.Machine;

/// <summary>Solidity's RunInput.</summary>
internal sealed record RunInputTuple(Hash256 FrameRoot, uint FrameLength, Hash256 StdinRoot, uint StdinLength, ulong FuelLimit, uint PageCap, uint OutputLimit)
    : IAbiTuple<RunInputTuple>
{
    public static IReadOnlyList<AbiType> Components { get; } =
        [AbiTypes.Bytes32, AbiTypes.UInt32, AbiTypes.Bytes32, AbiTypes.UInt32, AbiTypes.UInt64, AbiTypes.UInt32, AbiTypes.UInt32];

    public static RunInputTuple Decode(AbiReader reader) => new(
        reader.Read(AbiTypes.Bytes32), reader.Read(AbiTypes.UInt32), reader.Read(AbiTypes.Bytes32), reader.Read(AbiTypes.UInt32),
        reader.Read(AbiTypes.UInt64), reader.Read(AbiTypes.UInt32), reader.Read(AbiTypes.UInt32));

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.Bytes32, FrameRoot);
        writer.Write(AbiTypes.UInt32, FrameLength);
        writer.Write(AbiTypes.Bytes32, StdinRoot);
        writer.Write(AbiTypes.UInt32, StdinLength);
        writer.Write(AbiTypes.UInt64, FuelLimit);
        writer.Write(AbiTypes.UInt32, PageCap);
        writer.Write(AbiTypes.UInt32, OutputLimit);
    }
}

/// <summary>GamesHarness's startOf(bytes,RunInput).</summary>
internal sealed record StartOfFunction(HexBytes Program, RunInputTuple Run) : IAbiFunction<StartOfFunction>
{
    private static readonly AbiType<RunInputTuple> RunType = AbiTypes.Tuple<RunInputTuple>();

    public static string Name => "startOf";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.Bytes, RunType];

    public static StartOfFunction Decode(AbiReader reader) => new(reader.Read(AbiTypes.Bytes), reader.Read(RunType));

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.Bytes, Program);
        writer.Write(RunType, Run);
    }
}
