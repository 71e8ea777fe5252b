using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using CsCheck;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Abi;

public class AbiCodecTests
{
    private static readonly Gen<BigInteger> UInt256 = Gen.Byte.Array[32].Select(b => new BigInteger(b, isUnsigned: true));
    private static readonly Gen<HexBytes> AnyBytes = Gen.Byte.Array[0, 70].Select(HexBytes.Wrap);
    private static readonly Gen<Point> AnyPoint =
        Gen.Select(Gen.Int, UInt256, Gen.Byte.Array[20], (tag, x, owner) => new Point(tag, x, new Address(owner)));

    private static readonly Gen<Polygon> AnyPolygon = Gen.Select(
        Gen.String[0, 40],
        AnyPoint.Array[0, 4],
        AnyBytes,
        Gen.String[Gen.Char['a', 'z'], 0, 40].Array[2].Array[0, 3],
        (name, points, note, labels) => new Polygon(
            WellFormed(name), [.. points], note, [.. labels.Select(pair => pair.ToImmutableArray())]));

    // The three calls of the ABI specification's "Examples" and "Use of Dynamic Types" sections.
    [Fact]
    public void EncodeCall_OfTheSpecificationsBaz_IsItsText()
    {
        var data = AbiCodec.EncodeCall(new BazFunction(69, true));

        Assert.Equal("0xcdcd77c0" + Word(69) + Word(1), data.ToString());
    }

    [Fact]
    public void EncodeCall_OfTheSpecificationsSam_IsItsText()
    {
        var data = AbiCodec.EncodeCall(new SamFunction(new HexBytes("dave"u8), true, [1, 2, 3]));

        Assert.Equal(
            "0xa5643bf2" + Word(0x60) + Word(1) + Word(0xa0) + Word(4) + "64617665".PadRight(64, '0') + Word(3) + Word(1) + Word(2) + Word(3),
            data.ToString());
    }

    [Fact]
    public void EncodeCall_OfTheSpecificationsF_IsItsText()
    {
        var data = AbiCodec.EncodeCall(
            new FFunction(0x123, [0x456, 0x789], new HexBytes("1234567890"u8), new HexBytes("Hello, world!"u8)));

        Assert.Equal(
            "0x8be65246" + Word(0x123) + Word(0x80) + "31323334353637383930".PadRight(64, '0') + Word(0xe0)
            + Word(2) + Word(0x456) + Word(0x789) + Word(13) + "48656c6c6f2c20776f726c6421".PadRight(64, '0'),
            data.ToString());
    }

    [Fact]
    public void Decode_OfWhatWasEncoded_GivesItBack() => AnyPolygon.Sample(polygon =>
    {
        var encoded = AbiCodec.EncodeArguments(polygon);

        var decoded = AbiCodec.DecodeArguments<Polygon>(encoded);

        return decoded.Name == polygon.Name && decoded.Note == polygon.Note && decoded.Points.SequenceEqual(polygon.Points)
            && decoded.Labels.Length == polygon.Labels.Length && AbiCodec.EncodeArguments(decoded).AsSpan().SequenceEqual(encoded);
    });

    [Fact]
    public void Decode_OfAnyChangedByte_FailsOrIsWhatEncodesToIt() =>
        Gen.Select(AnyPolygon, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((polygon, at, mask) =>
        {
            var encoded = AbiCodec.EncodeArguments(polygon);
            encoded[at % encoded.Length] ^= mask;

            try
            {
                var decoded = AbiCodec.DecodeArguments<Polygon>(encoded);
                return AbiCodec.EncodeArguments(decoded).AsSpan().SequenceEqual(encoded);
            }
            catch (AbiException)
            {
                return true;
            }
        });

    [Fact]
    public void Decode_OfATruncatedText_Fails() => AnyPolygon.Sample(polygon =>
    {
        var encoded = AbiCodec.EncodeArguments(polygon);

        Assert.Throws<AbiException>(() => AbiCodec.DecodeArguments<Polygon>(encoded.AsMemory(0, encoded.Length - 1)));
    });

    [Fact]
    public void Decode_WithBytesAfterTheValue_Fails()
    {
        var encoded = AbiCodec.Encode(AbiTypes.UInt32, 7u);

        Assert.Throws<AbiException>(() => AbiCodec.Decode(AbiTypes.UInt32, encoded.Concat(new byte[32]).ToArray()));
    }

    [Theory]
    [InlineData(0x7fffffff)]
    [InlineData(0x04000000)]
    public void Decode_OfAnArrayThatClaimsMoreThanIsThere_FailsWithoutAllocatingIt(int claimed)
    {
        var type = AbiTypes.Array(AbiTypes.UInt256);
        var text = Hex.Decode(Word(0x20) + Word(claimed) + Word(1));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<AbiException>(() => AbiCodec.Decode(type, text));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Decode_OfTailsThatOverlap_Fails()
    {
        var type = AbiTypes.Array(AbiTypes.Bytes);
        var honest = AbiCodec.Encode(type, [new HexBytes("a"u8), new HexBytes("a"u8)]);
        var aliased = (byte[])honest.Clone();
        aliased[(32 * 4) - 1] = aliased[(32 * 3) - 1];

        Assert.Equal(2, AbiCodec.Decode(type, honest).Length);
        Assert.Throws<AbiException>(() => AbiCodec.Decode(type, aliased));
    }

    [Fact]
    public void Encode_OfAValueThatTheTypeCannotHold_Refuses()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AbiCodec.Encode(AbiTypes.UInt40, 1UL << 40));
        Assert.Throws<ArgumentOutOfRangeException>(() => AbiCodec.Encode(AbiTypes.UInt256, BigInteger.MinusOne));
        Assert.Throws<ArgumentOutOfRangeException>(() => AbiCodec.Encode(AbiTypes.UInt256, BigInteger.Pow(2, 256)));
        Assert.Throws<ArgumentOutOfRangeException>(() => AbiCodec.Encode(AbiTypes.Int256, BigInteger.Pow(2, 255)));
    }

    [Fact]
    public void Encode_OfAnEnum_TakesOnlyItsNames()
    {
        var type = AbiTypes.Enum<DayOfWeek>();

        Assert.Equal(DayOfWeek.Saturday, AbiCodec.Decode(type, AbiCodec.Encode(type, DayOfWeek.Saturday)));
        Assert.Throws<AbiException>(() => AbiCodec.Decode(type, Hex.Decode(Word(7))));
        Assert.Throws<ArgumentOutOfRangeException>(() => AbiCodec.Encode(type, (DayOfWeek)7));
    }

    [Fact]
    public void Integers_AtTheirLimits_RoundTrip()
    {
        foreach (var value in (BigInteger[])[0, 1, -1, -BigInteger.Pow(2, 255), BigInteger.Pow(2, 255) - 1])
        {
            Assert.Equal(value, AbiCodec.Decode(AbiTypes.Int256, AbiCodec.Encode(AbiTypes.Int256, value)));
        }

        Assert.Equal(UInt128.MaxValue, AbiCodec.Decode(AbiTypes.UInt128, AbiCodec.Encode(AbiTypes.UInt128, UInt128.MaxValue)));
    }

    [Fact]
    public void EventSet_FindsTheEventByItsTopic()
    {
        var events = new AbiEventSet().Add<TransferEvent>();
        var topic = Hash256.Parse("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
        var from = Hash256.Parse(Word(1));
        var to = Hash256.Parse(Word(2));

        Assert.True(events.TryDecode([topic, from, to], Hex.Decode(Word(3)), out var decoded));
        var transfer = Assert.IsType<TransferEvent>(decoded);
        Assert.Equal(3, transfer.Value);
        Assert.False(events.TryDecode([from], default, out _));
        Assert.Throws<AbiException>(() => events.TryDecode([topic, from], Hex.Decode(Word(3)), out _));
    }

    [Fact]
    public void ErrorSet_DecodesOnlyWholeErrors()
    {
        var errors = new AbiErrorSet().Add<TooLowError>();
        var selector = AbiSignature.Selector("TooLow(uint256,uint256)").ToString("x8", null);
        var data = Hex.Decode(selector + Word(60) + Word(100));

        Assert.True(errors.TryDecode(data, out var error));
        Assert.Equal(new TooLowError(60, 100), error);
        Assert.False(errors.TryDecode(data.AsMemory(0, 40), out _));
        Assert.False(errors.TryDecode(data.AsMemory(4), out _));
    }

    [Fact]
    public void ADecodedResult_IsTyped()
    {
        Assert.True(AbiCodec.DecodeResult<BazFunction, bool>(Hex.Decode(Word(1))));
        Assert.Throws<AbiException>(() => AbiCodec.DecodeResult<BazFunction, bool>(Hex.Decode(Word(2))));
    }

    private static string Word(int value) => value.ToString("x64", null);

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
