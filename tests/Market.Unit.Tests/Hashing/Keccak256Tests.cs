using CsCheck;
using Market.Hashing;
using Org.BouncyCastle.Crypto.Digests;

namespace Market.Unit.Tests.Hashing;

public sealed class Keccak256Tests
{
    [Theory]
    [InlineData("", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("Transfer(address,address,uint256)", "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void Hash_OfPublishedInputs_GivesPublishedDigests(string text, string digest) =>
        Assert.Equal(digest, Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(text)).ToString());

    [Fact]
    public void Hash_OfAnyBytes_AgreesWithBouncyCastle() => Gen.Byte.Array[0, 700].Sample(data =>
    {
        var expected = new byte[32];
        var digest = new KeccakDigest(256);
        digest.BlockUpdate(data, 0, data.Length);
        digest.DoFinal(expected, 0);

        Assert.Equal(expected, Keccak256.Hash(data).ToArray());
    });
}
