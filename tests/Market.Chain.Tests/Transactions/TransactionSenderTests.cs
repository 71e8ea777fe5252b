using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Tests.Fixture;
using Market.Chain.Transactions;
using Market.Ethereum;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Ethereum.Transactions;

namespace Market.Chain.Tests.Transactions;

public class TransactionSenderTests(LocalMarket local) : IAsyncDisposable
{
    private static readonly SenderOptions Impatient = LocalMarket.Fast with { ResendAfter = TimeSpan.FromMilliseconds(100) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await local.Dev.SetAutomineAsync(true, CancellationToken.None);
        await local.Dev.MineAsync(CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task ManyAtOnce_AreAllMinedInOneRowOfNonces()
    {
        var alice = await local.ActorAsync(100, 0);
        var bob = await local.ActorAsync(0, 0);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ =>
            local.Market.Token.TransferAsync(alice.Sender, bob.Account, LocalMarket.Units(1), Cancel)));

        Assert.All(outcomes, o => Assert.IsType<SendOutcome.Mined>(o));
        Assert.Equal(LocalMarket.Units(12), await local.Market.Token.BalanceAsync(bob.Account, Cancel));
        Assert.Equal(12UL, await local.Market.Client.NonceAsync(alice.Account, BlockTag.Latest, Cancel));
    }

    [Fact]
    public async Task WaitingOnes_AreMinedInOneBlock_AndSeeOneAnother()
    {
        var alice = await local.ActorAsync(10, 0);
        await local.Dev.SetAutomineAsync(false, Cancel);

        var approve = local.Market.Token.ApproveAsync(alice.Sender, local.Market.Deployment.Market, LocalMarket.Units(10), Cancel);
        await PoolHoldsAsync(alice, 1);
        var deposit = alice.Market.DepositAsync(LocalMarket.Units(10), Cancel);
        await PoolHoldsAsync(alice, 2);
        await local.Dev.MineAsync(Cancel);

        Assert.Equal((await approve).Require().BlockNumber, (await deposit).Require().BlockNumber);
        Assert.Equal(LocalMarket.Units(10), await local.Market.Market.CreditAsync(alice.Account, Cancel));
    }

    [Fact]
    public async Task ARefusal_CostsNothing()
    {
        var alice = await local.ActorAsync(0, 0);
        var before = await local.Market.Client.BalanceAsync(alice.Account, Cancel);

        var outcome = await alice.Market.WithdrawAsync(LocalMarket.Units(1), Cancel);

        Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal(before, await local.Market.Client.BalanceAsync(alice.Account, Cancel));
        Assert.Equal(0UL, await local.Market.Client.NonceAsync(alice.Account, BlockTag.Pending, Cancel));
    }

    [Fact]
    public async Task WhatFailsOnlyInTheBlock_IsReportedAsRevertedWithItsError()
    {
        var alice = await local.ActorAsync(50, 50);
        var (terms, work) = await alice.OfferAsync(1, 500);
        await local.Dev.SetAutomineAsync(false, Cancel);

        var sending = alice.Market.PostOfferAsync(terms, work, Cancel);
        await PoolHoldsAsync(alice, 1);
        await local.Dev.SetNextBlockTimestampAsync(terms.Deadline.Seconds + 1, Cancel);
        await local.Dev.MineAsync(Cancel);

        var reverted = Assert.IsType<SendOutcome.Reverted>(await sending);
        Assert.IsType<OfferDeadlineError>(reverted.Error!.Typed);
        Assert.True(reverted.Receipt.Fee > 0);
    }

    [Fact]
    public async Task AnAccountWithoutEther_IsToldWhatItNeeds()
    {
        var alice = await local.ActorAsync(10, 0);
        await local.Dev.SetBalanceAsync(alice.Account, 7, Cancel);

        var outcome = await local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);

        var unfunded = Assert.IsType<SendOutcome.Unfunded>(outcome);
        Assert.Equal((UInt128)7, unfunded.Balance);
        Assert.True(unfunded.Needed > unfunded.Balance);
    }

    [Fact]
    public async Task ALostTransaction_IsHandedInAgain()
    {
        var alice = await local.ActorAsync(10, 0, Impatient);
        await local.Dev.SetAutomineAsync(false, Cancel);
        var sending = local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        var lost = await PoolHoldsAsync(alice, 1);
        await local.Dev.DropTransactionAsync(lost, Cancel);

        await PoolHoldsAsync(alice, 1);
        await local.Dev.MineAsync(Cancel);

        Assert.Equal(lost, (await sending).Require().TransactionHash);
    }

    [Fact]
    public async Task ATransactionThatBlocksOutgrew_IsReplacedByADearerOne()
    {
        var alice = await local.ActorAsync(10, 0, Impatient);
        await local.Dev.SetAutomineAsync(false, Cancel);
        var sending = local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        var first = await PoolHoldsAsync(alice, 1);

        // Base fees rise by an eighth per block at most, so a jump stands for a busy hour.
        await local.Market.Client.Rpc.CallOnceAsync("hardhat_setNextBlockBaseFeePerGas", ["0x174876e800"], TestJson.Default.JsonElement, Cancel);
        await local.Dev.MineAsync(Cancel);
        await PoolReplacesAsync(alice, first);
        await local.Dev.MineAsync(Cancel);

        var receipt = (await sending).Require();
        Assert.NotEqual(first, receipt.TransactionHash);
        Assert.Equal(1UL, await local.Market.Client.NonceAsync(alice.Account, BlockTag.Latest, Cancel));
    }

    [Fact]
    public async Task ANonceThatAnotherProgramUsed_IsReported()
    {
        var alice = await local.ActorAsync(10, 0, Impatient);
        await local.Dev.SetAutomineAsync(false, Cancel);
        var sending = local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        var lost = await PoolHoldsAsync(alice, 1);

        await ReplaceAsync(alice.Sender.Key, lost);

        Assert.Equal(0UL, Assert.IsType<SendOutcome.Displaced>(await sending).Nonce);
        var next = local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        await PoolHoldsAsync(alice, 1);
        await local.Dev.MineAsync(Cancel);
        Assert.IsType<SendOutcome.Mined>(await next);
    }

    [Fact]
    public async Task ATransactionThatIsStuckThoughBlocksAreCheap_IsReplacedByADearerOne()
    {
        var alice = await local.ActorAsync(10, 0, Impatient with { StuckAfterResends = 2 });
        await local.Dev.SetAutomineAsync(false, Cancel);
        var sending = local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        var first = await PoolHoldsAsync(alice, 1);

        await PoolReplacesAsync(alice, first);
        await local.Dev.MineAsync(Cancel);

        Assert.NotEqual(first, (await sending).Require().TransactionHash);
    }

    [Fact]
    public async Task WithoutABlock_TheWaitEnds_AndTheNextSendGoesOn()
    {
        var alice = await local.ActorAsync(10, 0, LocalMarket.Fast with { InclusionTimeout = TimeSpan.FromMilliseconds(50) });
        await local.Dev.SetAutomineAsync(false, Cancel);

        var outcome = await local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel);
        await local.Dev.SetAutomineAsync(true, Cancel);
        await local.Dev.MineAsync(Cancel);

        var late = Assert.IsType<SendOutcome.Late>(outcome);
        Assert.True((await local.Market.Client.ReceiptAsync(late.Transaction, Cancel))!.Succeeded);
        (await local.Market.Token.TransferAsync(alice.Sender, alice.Account, LocalMarket.Units(1), Cancel)).Require();
    }

    [Fact]
    public async Task AnEstimate_BoundsTheFee()
    {
        var alice = await local.ActorAsync(10, 10);

        var estimate = await alice.Market.EstimateAsync(new WithdrawFunction(5), Cancel);
        var receipt = (await alice.Market.SendAsync(new WithdrawFunction(5), Cancel)).Require();
        var refusal = await alice.Market.EstimateAsync(new WithdrawFunction(UInt128.MaxValue), Cancel);

        Assert.True(receipt.Fee <= estimate.MaxFee && receipt.GasUsed <= estimate.Gas);
        Assert.IsType<AccountInsufficientError>(refusal.Error!.Typed);
    }

    /// <summary>Waits until the pool holds <paramref name="count"/> transactions of an account; gives the hash of the last.</summary>
    private async Task<Hashing.Hash256> PoolHoldsAsync(Actor actor, ulong count)
    {
        var mined = await local.Market.Client.NonceAsync(actor.Account, BlockTag.Latest, Cancel);
        while (await local.Market.Client.NonceAsync(actor.Account, BlockTag.Pending, Cancel) != mined + count) await Task.Delay(5, Cancel);
        var pool = await local.Market.Client.Rpc.CallAsync("eth_pendingTransactions", [], TestJson.Default.JsonElement, Cancel);
        return Hashing.Hash256.Parse(pool.EnumerateArray()
            .Where(t => Hashing.Address.Parse(t.GetProperty("from").GetString()!) == actor.Account)
            .OrderBy(t => Convert.ToUInt64(t.GetProperty("nonce").GetString(), 16)).Last().GetProperty("hash").GetString()!);
    }

    /// <summary>Waits until the pool holds another form of an account's only transaction.</summary>
    private async Task PoolReplacesAsync(Actor actor, Hashing.Hash256 form)
    {
        while (await PoolHoldsAsync(actor, 1) == form) await Task.Delay(5, Cancel);
    }

    // What a second program with the same key does.
    private async Task ReplaceAsync(EthereumKey key, Hashing.Hash256 lost)
    {
        await local.Dev.DropTransactionAsync(lost, Cancel);
        var other = new Eip1559Transaction(local.Market.Deployment.ChainId, 0, 50_000_000_000, 200_000_000_000, 21_000, key.Address, 1, HexBytes.Empty).Sign(key);
        await local.Market.Client.SendAsync(other, Cancel);
        await local.Dev.MineAsync(Cancel);
    }
}
