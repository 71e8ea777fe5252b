using System.Text;
using Market.Ethereum.Signing;
using Market.Ethereum.TypedData;
using Market.Hashing;

namespace Market.Unit.Tests.Ethereum.TypedData;

public class TypedDataTests
{
    // The example of EIP-712 itself, with the hashes and signature of its reference code.
    private const string Mail =
        """
        {
          "types": {
            "EIP712Domain": [
              { "name": "name", "type": "string" }, { "name": "version", "type": "string" },
              { "name": "chainId", "type": "uint256" }, { "name": "verifyingContract", "type": "address" }
            ],
            "Person": [{ "name": "name", "type": "string" }, { "name": "wallet", "type": "address" }],
            "Mail": [
              { "name": "from", "type": "Person" }, { "name": "to", "type": "Person" }, { "name": "contents", "type": "string" }
            ]
          },
          "primaryType": "Mail",
          "domain": {
            "name": "Ether Mail", "version": "1", "chainId": 1, "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
          },
          "message": {
            "from": { "name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
            "to": { "name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
            "contents": "Hello, Bob!"
          }
        }
        """;

    private static readonly TypedSchema Schema = new(
    [
        new("Person", [new("name", "string"), new("wallet", "address")]),
        new("Mail", [new("from", "Person"), new("to", "Person"), new("contents", "string")]),
        new("List", [new("grid", "uint8[][2]"), new("people", "Person[]")]),
    ]);

    [Fact]
    public void TheStandardsExample_HasItsHashesAndSignature()
    {
        var key = new EthereumKey(Keccak256.Hash("cow"u8).ToArray());

        var message = TypedDataJson.Parse(Mail);

        Assert.Equal("0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f", message.DomainSeparator.ToString());
        Assert.Equal("0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e", message.StructHash.ToString());
        Assert.Equal("0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2", message.Hash().ToString());
        Assert.Equal(
            "0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c",
            Hex.Encode(message.Sign(key).ToArray()));
    }

    [Fact]
    public void TheSameMessage_BuiltInCode_HasTheSameHash()
    {
        var domain = new TypedDataDomain("Ether Mail", "1", 1, Address.Parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"));
        var value = Struct(
            ("from", Struct(("name", "Cow"), ("wallet", Address.Parse("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")))),
            ("to", Struct(("name", "Bob"), ("wallet", Address.Parse("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB")))),
            ("contents", "Hello, Bob!"));

        var message = new TypedMessage(domain.Separator(), Schema.HashStruct("Mail", value));

        Assert.Equal(TypedDataJson.Parse(Mail), message);
    }

    [Fact]
    public void EncodeType_SortsReferencedTypesBehindTheFirst() =>
        Assert.Equal("Mail(Person from,Person to,string contents)Person(string name,address wallet)", Schema.EncodeType("Mail"));

    [Fact]
    public void Arrays_HashTheirElementsEncodings()
    {
        var person = Struct(("name", "Cow"), ("wallet", Address.Zero));
        var value = Struct(("grid", new object[] { new object[] { 1, 2 }, Array.Empty<object>() }), ("people", new object[] { person }));

        var expected = Keccak256.Hash(
        [
            .. Keccak256.Hash(Encoding.ASCII.GetBytes("List(uint8[][2] grid,Person[] people)Person(string name,address wallet)")).ToArray(),
            .. Keccak256.Hash(Keccak256.Hash([.. new byte[31], 1, .. new byte[31], 2]), Keccak256.Hash([])).ToArray(),
            .. Keccak256.Hash(Schema.HashStruct("Person", person).ToArray()).ToArray(),
        ]);
        Assert.Equal(expected, Schema.HashStruct("List", value));
    }

    [Fact]
    public void AValue_ThatDoesNotFitItsType_IsRefused()
    {
        Assert.Throws<FormatException>(() => Schema.HashStruct("Person", Struct(("name", "Cow"))));
        Assert.Throws<FormatException>(() => Schema.HashStruct("Person", Struct(("name", "Cow"), ("wallet", "0x12"))));
        Assert.Throws<FormatException>(() => Schema.HashStruct("List", Struct(("grid", new object[] { new object[] { 256 }, Array.Empty<object>() }), ("people", Array.Empty<object>()))));
        Assert.Throws<FormatException>(() => Schema.HashStruct("List", Struct(("grid", Array.Empty<object>()), ("people", Array.Empty<object>()))));
        Assert.Throws<FormatException>(() => Schema.HashStruct("Nobody", Struct()));
        Assert.Throws<FormatException>(() => TypedDataJson.Parse("{}"));
        Assert.Throws<FormatException>(() => TypedDataJson.Parse(Mail.Replace("\"Mail\",", "\"Post\",", StringComparison.Ordinal)));
    }

    private static Dictionary<string, object> Struct(params (string Name, object Value)[] members) =>
        members.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
}
