using Market.Ethereum;
using Market.Ethereum.Rlp;
using Market.Ethereum.Signing;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.Transactions;

public class Eip1559TransactionTests
{
    private static readonly EthereumKey Key = new(Hex.Decode("0x8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63"));
    private static readonly Address To = Address.Parse("0x000000000000000000000000000000000000aaaa");

    // From the ethereumjs monorepo, packages/tx/test/json/eip1559.json (chain 7822; the file wraps each in an RLP string).
    [Theory]
    [InlineData(819, 43203529, 35552, 75853, 121212, "b87302f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080a0d067f2167008c59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dcace0a7e30d4e85701dcaaf484cd079e")]
    [InlineData(353, 61901619, 32593, 38850, 136295, "b87202f86f821e8e8201618297c283021467827f5194000000000000000000000000000000000000aaaa8403b08b3380c001a004205678f13fc1d7b10feea6513dfa76e24418b6e08097d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575a8c1d08c26c87f3cb5f26d7b0be54a91b2")]
    [InlineData(709, 6478043, 28335, 86252, 94636, "b87202f86f821e8e8202c5830150ec830171ac826eaf94000000000000000000000000000000000000aaaa8362d8db80c001a09880d133cd636f8c8dce32e2c43494b9f2dc000eee8dc61931e09f866ed04b46a00e44d5c503c7f08b36c8b062c32a963f3dd20a71e95e3d903bfbe7f4da47cd47")]
    [InlineData(119, 65456115, 62341, 24721, 107729, "b87002f86d821e8e778260918301a4d182f38594000000000000000000000000000000000000aaaa8403e6c7f380c001a0e38e239770801eb995498c821e55ac9c19ae09184bb27b34be105e02fe3b7615a067c64ca6bd6d9107e85fd581ab2e70a14b637eb36505bb40861ef9d6e800cab6")]
    public void Sign_OfAPublishedTransaction_IsItsRawForm(
        ulong nonce, int value, ulong gas, int priority, int max, string published)
    {
        var transaction = new Eip1559Transaction(7822, nonce, (UInt128)priority, (UInt128)max, gas, To, value, HexBytes.Empty);

        var signed = transaction.Sign(Key);

        Assert.EndsWith(Convert.ToHexStringLower(signed.Raw.Span), published, StringComparison.Ordinal);
        Assert.Equal(Keccak256.Hash(signed.Raw.Span), signed.Hash);
    }

    [Fact]
    public void Decode_OfASignedTransaction_GivesItBackWithItsSender()
    {
        var transaction = new Eip1559Transaction(31337, 0, 1, UInt128.MaxValue, 21000, null, 0, new HexBytes("code"u8))
        {
            AccessList = [new AccessListEntry(To, [Hash256.Zero, Keccak256.Hash("slot"u8)])],
        };

        var decoded = SignedTransaction.Decode(transaction.Sign(Key).Raw.Span);

        Assert.Equal(Key.Address, decoded.Sender);
        Assert.Equal(transaction.SigningHash(), decoded.Transaction.SigningHash());
        Assert.Null(decoded.Transaction.To);
    }

    [Fact]
    public void Decode_OfAnotherTypeOrTrailingBytes_Fails()
    {
        var raw = new Eip1559Transaction(1, 0, 0, 0, 0, To, 0, HexBytes.Empty).Sign(Key).Raw.ToArray();

        Assert.Throws<FormatException>(() => SignedTransaction.Decode([1, .. raw.AsSpan(1)]));
        Assert.Throws<FormatException>(() => SignedTransaction.Decode([.. raw, 0]));
        Assert.Throws<FormatException>(() => SignedTransaction.Decode([2, .. RlpWriter.List(w => w.WriteInteger(1))]));
    }
}
