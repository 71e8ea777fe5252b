using System.Collections.Immutable;
using System.Numerics;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Abi;

// Hand-written in the shape of generated code.
internal sealed record Point(int Tag, BigInteger X, Address Owner) : IAbiTuple<Point>
{
    private static readonly AbiType<BigInteger> Int32 = AbiTypes.Int(32);

    public static IReadOnlyList<AbiType> Components { get; } = [Int32, AbiTypes.UInt256, AbiTypes.Address];

    public void Encode(AbiWriter writer)
    {
        writer.Write(Int32, Tag);
        writer.Write(AbiTypes.UInt256, X);
        writer.Write(AbiTypes.Address, Owner);
    }

    public static Point Decode(AbiReader reader) =>
        new((int)reader.Read(Int32), reader.Read(AbiTypes.UInt256), reader.Read(AbiTypes.Address));
}

internal sealed record Polygon(string Name, ImmutableArray<Point> Points, HexBytes Note, ImmutableArray<ImmutableArray<string>> Labels)
    : IAbiTuple<Polygon>
{
    private static readonly AbiType<ImmutableArray<Point>> PointList = AbiTypes.Array(AbiTypes.Tuple<Point>());
    private static readonly AbiType<ImmutableArray<ImmutableArray<string>>> LabelList =
        AbiTypes.Array(AbiTypes.FixedArray(AbiTypes.String, 2));

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.String, PointList, AbiTypes.Bytes, LabelList];

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.String, Name);
        writer.Write(PointList, Points);
        writer.Write(AbiTypes.Bytes, Note);
        writer.Write(LabelList, Labels);
    }

    public static Polygon Decode(AbiReader reader) =>
        new(reader.Read(AbiTypes.String), reader.Read(PointList), reader.Read(AbiTypes.Bytes), reader.Read(LabelList));
}

internal sealed record BazFunction(uint X, bool Y) : IAbiFunction<BazFunction, bool>
{
    public static string Name => "baz";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.UInt32, AbiTypes.Bool];

    public static IReadOnlyList<AbiType> ResultComponents { get; } = [AbiTypes.Bool];

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.UInt32, X);
        writer.Write(AbiTypes.Bool, Y);
    }

    public static BazFunction Decode(AbiReader reader) => new(reader.Read(AbiTypes.UInt32), reader.Read(AbiTypes.Bool));

    public static bool DecodeResult(AbiReader reader) => reader.Read(AbiTypes.Bool);
}

internal sealed record SamFunction(HexBytes Name_, bool Flag, ImmutableArray<BigInteger> Numbers) : IAbiFunction<SamFunction>
{
    private static readonly AbiType<ImmutableArray<BigInteger>> NumberList = AbiTypes.Array(AbiTypes.UInt256);

    public static string Name => "sam";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.Bytes, AbiTypes.Bool, NumberList];

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.Bytes, Name_);
        writer.Write(AbiTypes.Bool, Flag);
        writer.Write(NumberList, Numbers);
    }

    public static SamFunction Decode(AbiReader reader) =>
        new(reader.Read(AbiTypes.Bytes), reader.Read(AbiTypes.Bool), reader.Read(NumberList));
}

internal sealed record FFunction(BigInteger A, ImmutableArray<uint> B, HexBytes C, HexBytes D) : IAbiFunction<FFunction>
{
    private static readonly AbiType<ImmutableArray<uint>> UInt32List = AbiTypes.Array(AbiTypes.UInt32);
    private static readonly AbiType<HexBytes> Bytes10 = AbiTypes.FixedBytes(10);

    public static string Name => "f";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.UInt256, UInt32List, Bytes10, AbiTypes.Bytes];

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.UInt256, A);
        writer.Write(UInt32List, B);
        writer.Write(Bytes10, C);
        writer.Write(AbiTypes.Bytes, D);
    }

    public static FFunction Decode(AbiReader reader) =>
        new(reader.Read(AbiTypes.UInt256), reader.Read(UInt32List), reader.Read(Bytes10), reader.Read(AbiTypes.Bytes));
}

internal sealed record TransferEvent(Address From, Address To, BigInteger Value) : IAbiEvent<TransferEvent>
{
    public static string Name => "Transfer";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.Address, AbiTypes.Address, AbiTypes.UInt256];

    public static IReadOnlyList<AbiType> DataComponents { get; } = [AbiTypes.UInt256];

    public static int IndexedCount => 2;

    public static TransferEvent Decode(AbiReader topics, AbiReader data) =>
        new(topics.Read(AbiTypes.Address), topics.Read(AbiTypes.Address), data.Read(AbiTypes.UInt256));
}

internal sealed record TooLowError(BigInteger Have, BigInteger Need) : IAbiError<TooLowError>
{
    public static string Name => "TooLow";

    public static IReadOnlyList<AbiType> Components { get; } = [AbiTypes.UInt256, AbiTypes.UInt256];

    public void Encode(AbiWriter writer)
    {
        writer.Write(AbiTypes.UInt256, Have);
        writer.Write(AbiTypes.UInt256, Need);
    }

    public static TooLowError Decode(AbiReader reader) => new(reader.Read(AbiTypes.UInt256), reader.Read(AbiTypes.UInt256));
}
