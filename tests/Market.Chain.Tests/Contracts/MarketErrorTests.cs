using Market.Chain.Contracts;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Tests.Fixture;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Tests.Contracts;

public class MarketErrorTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ACustomError_ComesBackWithItsArguments()
    {
        var alice = await local.ActorAsync(10, 10);

        var outcome = await alice.Market.WithdrawAsync(LocalMarket.Units(11), Cancel);

        var error = Assert.IsType<SendOutcome.Refused>(outcome).Error;
        var typed = Assert.IsType<AccountInsufficientError>(error.Typed);
        Assert.Equal((alice.Account, 10_000_000, 11_000_000), (typed.Account, typed.Balance, typed.Needed));
        Assert.Equal($"AccountInsufficient(account {alice.Account}, balance 10000000, needed 11000000)", error.ToString());
    }

    [Fact]
    public async Task TheTokensErrors_AreKnownToo()
    {
        var alice = await local.ActorAsync(1, 0);

        var outcome = await local.Market.Token.TransferAsync(alice.Sender, local.Market.Deployment.Market, LocalMarket.Units(2), Cancel);

        Assert.Equal("ERC20InsufficientBalance", Assert.IsType<SendOutcome.Refused>(outcome).Error.Name);
    }

    [Fact]
    public async Task AnUnknownDevice_IsNamed()
    {
        var alice = await local.ActorAsync(0, 0);

        var outcome = await alice.Market.ActivateBidAsync(new DeviceId(999_999), Cancel);

        Assert.Contains("999999", Assert.IsType<SendOutcome.Refused>(outcome).Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AReasonAndAPanic_AreDecoded()
    {
        const string reason = "0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026869000000000000000000000000000000000000000000000000000000000000";
        const string panic = "0x4e487b710000000000000000000000000000000000000000000000000000000000000011";

        Assert.Equal("Error(reason hi)", MarketError.Decode(HexBytes.Parse(reason), "reverted").ToString());
        Assert.Equal("Panic(code 17)", MarketError.Decode(HexBytes.Parse(panic), null).ToString());
    }

    [Fact]
    public void UnknownData_IsKeptWithTheEndpointsWords()
    {
        var error = MarketError.Decode(new HexBytes(Keccak256.Hash("?"u8).ToArray()), "execution reverted");

        Assert.Equal((MarketError.Unknown, 32), (error.Name, error.Data.Length));
        Assert.Equal("Unknown(reason execution reverted)", error.ToString());
    }
}
