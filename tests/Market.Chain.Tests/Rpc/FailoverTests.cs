using Market.Chain.Deployments;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Tests.Fixture;
using Market.Chain.Transactions;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;

namespace Market.Chain.Tests.Rpc;

/// <summary>Several endpoints of a real chain, some of which are silent, wrong or behind.</summary>
public sealed class FailoverTests(LocalMarket local) : IDisposable
{
    private static readonly uint Genesis = AbiSignature.Selector(AbiSignature.Of(GenesisFunction.Name, GenesisFunction.Components));

    private static readonly RpcPoolOptions Impatient = new()
    {
        Call = new JsonRpcOptions { Timeout = TimeSpan.FromSeconds(2) },
        LookInterval = TimeSpan.FromMilliseconds(50),
        LookTimeout = TimeSpan.FromSeconds(2),
        FirstPause = TimeSpan.FromMilliseconds(50),
        MaxPause = TimeSpan.FromMilliseconds(200),
    };

    private readonly FaultyProxy _first = new(local.Rpc, Genesis);
    private readonly FaultyProxy _second = new(local.Rpc, Genesis);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Theory]
    [InlineData(nameof(Fault.Silent))]
    [InlineData(nameof(Fault.Reset))]
    [InlineData(nameof(Fault.Garbage))]
    [InlineData(nameof(Fault.Overloaded))]
    public async Task WhenAnEndpointFails_TheNextTakesOver_AndTransactionsGoThrough(string fault)
    {
        using var market = await OpenAsync();
        var alice = await local.ActorAsync(10, 0);
        using var sender = market.Sender(alice.Sender.Key, LocalMarket.Fast);
        (await market.Token.TransferAsync(sender, alice.Account, LocalMarket.Units(1), Cancel)).Require();

        _first.Fault = Enum.Parse<Fault>(fault);
        (await market.Token.TransferAsync(sender, alice.Account, LocalMarket.Units(1), Cancel)).Require();

        Assert.Equal(_second.Uri, market.Client.Rpc.Endpoint);
        Assert.Equal(RpcEndpointState.Failing, market.Endpoints[0].State);
        Assert.Equal(2UL, await market.Client.NonceAsync(alice.Account, BlockTag.Latest, Cancel));
    }

    [Fact]
    public async Task WhenAllFail_CallsSayOfEach_AndTheyAreFoundAgain()
    {
        using var market = await OpenAsync();
        (_first.Fault, _second.Fault) = (Fault.Reset, Fault.Garbage);

        var silence = await Assert.ThrowsAsync<RpcUnreachableException>(() => market.Client.BlockNumberAsync(Cancel));
        (_first.Fault, _second.Fault) = (Fault.None, Fault.None);

        Assert.Contains(_first.Uri.ToString(), silence.Message, StringComparison.Ordinal);
        Assert.Contains(_second.Uri.ToString(), silence.Message, StringComparison.Ordinal);
        Assert.True(await market.Client.BlockNumberAsync(Cancel) > 0);
    }

    [Fact]
    public async Task WhenTheOnlyOneFails_ItIsNamedOnce()
    {
        using var market = await MarketConnection.OpenAsync(_first.Uri, await Deployment.ReadAsync(local.DeploymentFile, Cancel), TimeProvider.System, Cancel);
        _first.Fault = Fault.Garbage;

        await Assert.ThrowsAsync<RpcUnreachableException>(() => market.Client.BlockNumberAsync(Cancel));
        var again = await Assert.ThrowsAsync<RpcUnreachableException>(() => market.Client.BlockNumberAsync(Cancel));

        Assert.Equal(2, again.Message.Split(_first.Uri.ToString()).Length);
    }

    [Theory]
    [InlineData(nameof(Fault.OtherChain))]
    [InlineData(nameof(Fault.OtherGenesis))]
    public async Task AForeignEndpoint_IsNeverUsed(string fault)
    {
        _first.Fault = Enum.Parse<Fault>(fault);

        using var market = await OpenAsync();
        var before = _first.Passed.GetValueOrDefault("eth_getBalance");
        await market.Client.BalanceAsync(market.Deployment.Market, Cancel);

        Assert.Equal(_second.Uri, market.Client.Rpc.Endpoint);
        Assert.Equal(RpcEndpointState.Foreign, market.Endpoints[0].State);
        Assert.Equal(before, _first.Passed.GetValueOrDefault("eth_getBalance"));
    }

    [Fact]
    public async Task AnEndpointThatTurnsForeign_IsNoticedThoughItAnswers()
    {
        using var market = await OpenAsync();
        _first.Fault = Fault.OtherChain;

        await CallUntilAsync(market, () => market.Endpoints[0].State == RpcEndpointState.Foreign);

        await market.Client.BlockNumberAsync(Cancel);
        Assert.Equal(_second.Uri, market.Client.Rpc.Endpoint);
    }

    [Fact]
    public async Task WhenAllAreForeign_OpeningSaysWhichChainAnswers()
    {
        (_first.Fault, _second.Fault) = (Fault.OtherChain, Fault.OtherChain);

        var refused = await Assert.ThrowsAsync<DeploymentException>(OpenAsync);

        Assert.Equal(DeploymentFault.OtherChain, refused.Fault);
    }

    [Fact]
    public async Task AnEndpointThatFallsBehind_IsLeftForOneThatDidNot()
    {
        using var market = await OpenAsync();
        await local.Dev.MineAsync(10, Cancel);
        (_first.Fault, _first.Behind) = (Fault.Stale, 8);

        await CallUntilAsync(market, () => market.Endpoints[0].State == RpcEndpointState.Lagging);

        var head = await market.Client.BlockNumberAsync(Cancel);
        Assert.Equal(await local.Market.Client.BlockNumberAsync(Cancel), head);
        Assert.Equal(_second.Uri, market.Client.Rpc.Endpoint);
    }

    [Fact]
    public async Task AnAnswerThatIsLostAfterSending_DoesNotSendTwice()
    {
        using var market = await OpenAsync();
        var alice = await local.ActorAsync(10, 0);
        var kept = new MemoryPendingStore();
        using (var sender = market.Sender(alice.Sender.Key, LocalMarket.Fast with { InclusionTimeout = TimeSpan.FromMilliseconds(50) }, kept))
        {
            await local.Dev.SetAutomineAsync(false, Cancel);
            Assert.IsType<SendOutcome.Late>(await market.Token.TransferAsync(sender, alice.Account, LocalMarket.Units(1), Cancel));
        }

        // The process is gone between signing and inclusion, and the pool lost what it held. The next process asks for more.
        var lost = Assert.Single(kept.Load(alice.Account));
        await local.Dev.DropTransactionAsync(lost.Hash, Cancel);
        await local.Dev.SetAutomineAsync(true, Cancel);
        using var restarted = market.Sender(alice.Sender.Key, LocalMarket.Fast, kept);
        (await market.Token.TransferAsync(restarted, alice.Account, LocalMarket.Units(2), Cancel)).Require();

        Assert.True((await market.Client.ReceiptAsync(lost.Hash, Cancel))!.Succeeded);
        Assert.Equal(2UL, await market.Client.NonceAsync(alice.Account, BlockTag.Latest, Cancel));
        (await market.Token.TransferAsync(restarted, alice.Account, LocalMarket.Units(1), Cancel)).Require();
        Assert.Equal(2UL, Assert.Single(kept.Load(alice.Account)).Transaction.Nonce);
    }

    private async Task<MarketConnection> OpenAsync() =>
        await MarketConnection.OpenAsync([_first.Uri, _second.Uri], local.Market.Deployment, Impatient, TimeProvider.System, Cancel);

    // Looks at all endpoints start with calls.
    private static async Task CallUntilAsync(MarketConnection market, Func<bool> seen)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!seen()) await market.Client.BlockNumberAsync(limit.Token);
    }
}
