using Market.Hashing;

namespace Market.Unit.Tests.Hashing;

public sealed class AddressTests
{
    // EIP-55, "Test Cases".
    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void ToString_WritesTheChecksumThatTheStandardLists(string text) =>
        Assert.Equal(text, Address.Parse(text.ToLowerInvariant()).ToString());

    [Theory]
    [InlineData("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe")]
    [InlineData("zz")]
    [InlineData(null)]
    public void TryParse_RefusesAWrongChecksumOrShape(string? text) => Assert.False(Address.TryParse(text, out _));
}
