using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Signing;

public class EthereumKeyTests
{
    private static readonly Gen<EthereumKey> AnyKey = Gen.Byte.Array[31].Select(b => new EthereumKey([.. b, 1]));
    private static readonly Gen<Hash256> AnyDigest = Gen.Byte.Array[32].Select(b => new Hash256(b));

    // The first account of the mnemonic that every development chain uses.
    [Theory]
    [InlineData("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000001", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    public void Address_OfAKnownKey_IsItsAccount(string secret, string address) =>
        Assert.Equal(address, new EthereumKey(Hex.Decode(secret)).Address.ToString());

    // The widely published RFC 6979 secp256k1 vectors (SHA-256 of the text, s normalised to the lower half).
    [Theory]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        "Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        "All those moments will be lost in time, like tears in rain. Time to die...",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
        "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    [InlineData(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
        "Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
        "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5")]
    public void Sign_OfAKnownDigest_IsTheKnownSignature(string secret, string text, string r, string s)
    {
        var key = new EthereumKey(Hex.Decode(secret));

        var signature = key.Sign(new Hash256(SHA256.HashData(Encoding.ASCII.GetBytes(text))));

        Assert.Equal((Hash256.Parse(r), Hash256.Parse(s)), (signature.R, signature.S));
    }

    [Fact]
    public void Recover_OfASignature_IsTheSigner() => Gen.Select(AnyKey, AnyDigest).Sample((key, digest) =>
    {
        var signature = key.Sign(digest);

        return signature.TryRecover(digest, out var signer) && signer == key.Address
            && EcdsaSignature.TryParse(signature.ToArray(), out var parsed) && parsed == signature;
    });

    [Fact]
    public void Recover_WithTheOtherParityOrDigest_IsNotTheSigner() => Gen.Select(AnyKey, AnyDigest).Sample((key, digest) =>
    {
        var signature = key.Sign(digest);
        var other = Keccak256.Hash(digest.ToArray());

        return !((signature with { IsOdd = !signature.IsOdd }).TryRecover(digest, out var flipped) && flipped == key.Address)
            && !(signature.TryRecover(other, out var moved) && moved == key.Address);
    });

    [Fact]
    public void Recover_OfAHighS_Fails()
    {
        var key = new EthereumKey(Hex.Decode("0x01".PadRight(66, '2')));
        var digest = Keccak256.Hash("malleable"u8);
        var signature = key.Sign(digest);
        var order = new System.Numerics.BigInteger(
            Hex.Decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), isUnsigned: true, isBigEndian: true);
        var high = order - new System.Numerics.BigInteger(signature.S.ToArray(), isUnsigned: true, isBigEndian: true);

        var twin = new EcdsaSignature(signature.R, new Hash256(high.ToByteArray(isUnsigned: true, isBigEndian: true)), !signature.IsOdd);

        Assert.False(twin.TryRecover(digest, out _));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")]
    [InlineData("01")]
    public void AKey_OutsideTheCurvesOrder_IsRefused(string secret) =>
        Assert.Throws<ArgumentException>(() => new EthereumKey(Hex.Decode(secret)));

    [Fact]
    public void ToString_ShowsTheAddressOnly()
    {
        using var random = RandomNumberGenerator.Create();
        var key = EthereumKey.Generate(random);

        Assert.Equal(key.Address.ToString(), $"{key}");
    }

    // The example in ethers' and web3's documentation: personal_sign hashes the text with its length.
    [Fact]
    public void PersonalMessage_HashesWithItsPrefix() => Assert.Equal(
        "0xa1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2",
        PersonalMessage.Hash("Hello World"u8).ToString());
}
