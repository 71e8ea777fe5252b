using System.Numerics;
using CsCheck;
using Market.Ethereum.Rlp;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Rlp;

public class RlpTests
{
    // Yellow paper's and the public rlptest.json's cases.
    [Theory]
    [InlineData("", "80")]
    [InlineData("00", "00")]
    [InlineData("7f", "7f")]
    [InlineData("80", "8180")]
    [InlineData("646f67", "83646f67")]
    public void WriteBytes_IsTheShortestForm(string bytes, string expected)
    {
        var writer = new RlpWriter();

        writer.WriteBytes(Hex.Decode(bytes));

        Assert.Equal(expected, Convert.ToHexStringLower(writer.ToArray()));
    }

    [Fact]
    public void WriteBytes_Of56_HasALengthOfItsOwn()
    {
        var writer = new RlpWriter();

        writer.WriteBytes("Lorem ipsum dolor sit amet, consectetur adipisicing elit"u8);

        Assert.StartsWith("b8384c6f72656d", Convert.ToHexStringLower(writer.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "80")]
    [InlineData(15, "0f")]
    [InlineData(1024, "820400")]
    public void WriteInteger_HasNoLeadingZeros(int value, string expected)
    {
        var writer = new RlpWriter();

        writer.WriteInteger(value);

        Assert.Equal(expected, Convert.ToHexStringLower(writer.ToArray()));
    }

    // [ [], [[]], [ [], [[]] ] ]: the set-theoretical three.
    [Fact]
    public void WriteList_Nests()
    {
        var three = RlpWriter.List(w =>
        {
            Zero(w);
            One(w);
            w.WriteList(two =>
            {
                Zero(two);
                One(two);
            });
        });

        Assert.Equal("c7c0c1c0c3c0c1c0", Convert.ToHexStringLower(three));

        static void Zero(RlpWriter w) => w.WriteList(_ => { });
        static void One(RlpWriter w) => w.WriteList(Zero);
    }

    [Fact]
    public void Read_GivesBackWhatWasWritten() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 32], Gen.ULong).Sample((bytes, digits, number) =>
        {
            var integer = new BigInteger(digits, isUnsigned: true);
            var text = RlpWriter.List(w =>
            {
                w.WriteBytes(bytes);
                w.WriteList(inner => inner.WriteInteger(integer));
                w.WriteInteger(number);
            });

            var outer = new RlpReader(text);
            var list = outer.ReadList();
            outer.End();
            return list.ReadBytes().SequenceEqual(bytes) && list.ReadList().ReadInteger() == integer && list.ReadUInt64() == number && list.AtEnd;
        });

    // The invalid cases of the public invalidRLPTest.json that concern one item.
    [Theory]
    [InlineData("8100")]
    [InlineData("817f")]
    [InlineData("b800")]
    [InlineData("b90000")]
    [InlineData("b8020004")]
    [InlineData("bfffffffffffffffffff")]
    [InlineData("bbffffffff")]
    [InlineData("83646f")]
    [InlineData("")]
    [InlineData("c0")]
    public void Read_OfAnythingElse_Fails(string text) => Assert.Throws<FormatException>(() =>
    {
        var reader = new RlpReader(Hex.Decode(text));
        reader.ReadBytes();
    });

    [Fact]
    public void ReadInteger_WithLeadingZeros_Fails() => Assert.Throws<FormatException>(() =>
    {
        var reader = new RlpReader(Hex.Decode("820001"));
        reader.ReadInteger();
    });
}
