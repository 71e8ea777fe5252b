using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Transactions;
using Market.Client.Faults;
using Market.Domain.Money;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Faults;

public sealed class ChainFaultsTests
{
    private static readonly Asset Crd = new("CRD", 6);

    [Fact]
    public void ShortCredit_NamesWhatIsMissing()
    {
        var fault = ChainFaults.Of(new SendOutcome.Refused(Error(new AccountInsufficientError(Address.Zero, 120_000, 500_000))), Crd);

        Assert.Equal(("E2101", ExitCode.Funds), (fault.Code, fault.Exit));
        Assert.Equal("This needs 0.50 CRD of credit, and the account has 0.12 CRD. Nothing was sent.", fault.Message);
        Assert.Equal("market account deposit 0.38", fault.Fix);
    }

    [Fact]
    public void AnyOtherError_KeepsItsNameAndArguments()
    {
        var fault = ChainFaults.Of(new SendOutcome.Refused(Error(new BidFirmError(3, 99), "BidFirm", new("device", "3"), new("activeAt", "99"))));

        Assert.Equal("E2203", fault.Code);
        Assert.Contains("BidFirm(device 3, activeAt 99)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryWayToFail_HasACode()
    {
        Exception[] exceptions =
        [
            new RpcUnreachableException(new Uri("http://127.0.0.1:1"), "refused"), new JsonRpcException("eth_call", -1, "no", null),
            new DeploymentException(DeploymentFault.OtherChain, "chain 1, not 2"), new DeploymentException(DeploymentFault.NoContract, "none"),
            new DeploymentException(DeploymentFault.File, "missing"), new TransactionException(new SendOutcome.Unfunded(1, 2)),
            new TransactionException(new SendOutcome.Late(Hash256.Zero)), new TransactionException(new SendOutcome.Displaced(3)),
        ];

        Assert.Equal(
            [
                ("E1010", ExitCode.Unreachable), ("E1011", ExitCode.Unreachable), ("E1012", ExitCode.Unreachable), ("E1013", ExitCode.Unreachable),
                ("E1014", ExitCode.FileInvalid), ("E2102", ExitCode.Funds), ("E2204", ExitCode.TimedOut), ("E2205", ExitCode.Internal),
            ],
            exceptions.Select(e => ChainFaults.Of(e)!).Select(fault => (fault.Code, fault.Exit)));
        Assert.Null(ChainFaults.Of(new InvalidOperationException()));
    }

    [Fact]
    public async Task Translate_LetsOtherExceptionsPass()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => ChainFaults.TranslateAsync<int>(() => throw new InvalidOperationException()));
        await Assert.ThrowsAsync<MarketException>(() => ChainFaults.TranslateAsync<int>(() => throw new RpcUnreachableException(new Uri("http://127.0.0.1:1"), "refused")));
    }

    private static MarketError Error(object typed, string name = "AccountInsufficient", params MarketErrorArgument[] arguments) =>
        new(name, [.. arguments], typed, default);
}
