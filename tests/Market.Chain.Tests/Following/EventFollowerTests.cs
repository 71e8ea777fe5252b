using Market.Ethereum.Abi;
using Market.Chain.Tests.Rpc;
using Market.Chain.Deployments;
using Market.Chain.Development;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Chain.Tests.Fixture;
using Market.Ethereum.Rpc;

namespace Market.Chain.Tests.Following;

public class EventFollowerTests(LocalMarket local)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_AreToldInOrderAndOnce()
    {
        var follower = local.Market.Follow();
        await follower.PollAsync(Cancel);
        var alice = await local.ActorAsync(10, 10);
        (await alice.Market.WithdrawAsync(LocalMarket.Units(4), Cancel)).Require();

        var told = Events(await follower.PollAsync(Cancel));

        Assert.Equal([new DepositedEvent(alice.Account, 10_000_000), new WithdrawnEvent(alice.Account, 4_000_000)], told.Select(e => e.Message));
        Assert.Equal(told.OrderBy(e => e.Block.Number), told);
        Assert.Empty(await follower.PollAsync(Cancel));
    }

    [Fact]
    public async Task ACursor_GoesOnWhereAnEarlierFollowerStood()
    {
        var first = local.Market.Follow();
        await first.PollAsync(Cancel);
        var alice = await local.ActorAsync(10, 10);

        var second = local.Market.Follow(cursor: first.Cursor);

        Assert.Equal([new DepositedEvent(alice.Account, 10_000_000)], Events(await second.PollAsync(Cancel)).Select(e => e.Message));
    }

    [Fact]
    public async Task SmallRanges_TellTheSame()
    {
        await local.ActorAsync(10, 10);
        var whole = Events(await local.Market.Follow().PollAsync(Cancel));

        var pieces = Events(await local.Market.Follow(new FollowerOptions { MaxRange = 3 }).PollAsync(Cancel));

        Assert.Equal(whole.Select(e => (e.Block.Hash, e.LogIndex)), pieces.Select(e => (e.Block.Hash, e.LogIndex)));
    }

    [Fact]
    public async Task AfterAReorganisation_TheFoldIsThatOfTheNewChain()
    {
        var follower = local.Market.Follow();
        var projection = new MarketProjection();
        await ApplyAsync(follower, projection);
        var alice = await local.ActorAsync(400, 400);
        await ApplyAsync(follower, projection);
        var fork = await local.Dev.SnapshotAsync(Cancel);
        var lost = await alice.DeviceAsync(150, 500);
        await ApplyAsync(follower, projection);
        Assert.Equal("https://127.0.0.1:7443", projection.State.Devices[lost].Endpoint);

        Assert.True(await local.Dev.RevertAsync(fork, Cancel));
        (await alice.Market.WithdrawAsync(LocalMarket.Units(1), Cancel)).Require();
        (await alice.Market.RegisterDeviceAsync(alice.Account, LocalMarket.Units(120), "https://127.0.0.1:9", default, Cancel)).Require();
        var updates = await ApplyAsync(follower, projection);

        Assert.IsType<ChainUpdate.RolledBack>(updates[0]);
        Assert.Equal(("https://127.0.0.1:9", LocalMarket.Units(120)), (projection.State.Devices[lost].Endpoint, projection.State.Devices[lost].Stake));
        Assert.False(projection.State.Bids.ContainsKey(lost));
        await AssertSameAsFreshAsync(projection);
    }

    [Fact]
    public async Task ABlockReplacedByAnotherOfTheSameHeight_IsNoticed()
    {
        var follower = local.Market.Follow();
        await follower.PollAsync(Cancel);
        var fork = await local.Dev.SnapshotAsync(Cancel);
        await local.Dev.MineAsync(Cancel);
        await follower.PollAsync(Cancel);
        var old = follower.Cursor[^1];

        await local.Dev.RevertAsync(fork, Cancel);
        await local.PassAsync(17);
        var updates = await follower.PollAsync(Cancel);

        Assert.Equal(old.Number - 1, Assert.IsType<ChainUpdate.RolledBack>(updates[0]).To!.Number);
        Assert.Equal(old.Number, follower.Cursor[^1].Number);
        Assert.NotEqual(old.Hash, follower.Cursor[^1].Hash);
    }

    [Fact]
    public async Task AShorterChain_IsNoticed()
    {
        var follower = local.Market.Follow();
        var projection = new MarketProjection();
        await ApplyAsync(follower, projection);
        var fork = await local.Dev.SnapshotAsync(Cancel);
        await local.ActorAsync(10, 10);
        await ApplyAsync(follower, projection);

        await local.Dev.RevertAsync(fork, Cancel);
        var updates = await ApplyAsync(follower, projection);

        Assert.IsType<ChainUpdate.RolledBack>(Assert.Single(updates));
        await AssertSameAsFreshAsync(projection);
    }

    [Fact]
    public async Task WhatFellDeeperThanTheMemory_IsToldAnewFromTheStart()
    {
        var options = new FollowerOptions { Depth = 1 };
        var follower = local.Market.Follow(options);
        var projection = new MarketProjection(options.Depth);
        var fork = await local.Dev.SnapshotAsync(Cancel);
        await local.ActorAsync(10, 10);
        await ApplyAsync(follower, projection);

        await local.Dev.RevertAsync(fork, Cancel);
        await local.ActorAsync(20, 20);
        var updates = await ApplyAsync(follower, projection);

        Assert.Null(Assert.IsType<ChainUpdate.RolledBack>(updates[0]).To);
        await AssertSameAsFreshAsync(projection);
    }

    [Fact]
    public async Task EventsThatAnEndpointLeftOut_AreToldWhenItKnowsThem()
    {
        using var proxy = new FaultyProxy(local.Rpc, AbiSignature.Selector("genesis()"));
        using var market = await MarketConnection.OpenAsync(proxy.Uri, await Deployment.ReadAsync(local.DeploymentFile, Cancel), TimeProvider.System, Cancel);
        var follower = market.Follow();
        var projection = new MarketProjection();
        await ApplyAsync(follower, projection);
        proxy.Fault = Fault.NoEvents;
        var alice = await local.ActorAsync(400, 400);
        var device = await alice.DeviceAsync(150, 500);
        await ApplyAsync(follower, projection);
        Assert.False(projection.State.Devices.ContainsKey(device));

        proxy.Fault = Fault.None;
        await local.Dev.MineAsync(Cancel);
        var updates = await ApplyAsync(follower, projection);

        Assert.IsType<ChainUpdate.RolledBack>(updates[0]);
        Assert.True(projection.State.Devices.ContainsKey(device));
        await AssertSameAsFreshAsync(projection);
        await local.Dev.MineAsync(Cancel);
        Assert.IsType<ChainUpdate.Advanced>(Assert.Single(await ApplyAsync(follower, projection)));
    }

    [Fact]
    public async Task AnotherChainBehindTheEndpoint_IsNotTakenForAReorganisation()
    {
        var log = Path.GetTempFileName();
        var other = await DevChain.StartAsync(LocalMarket.Contracts, log, local.Market.Deployment.ChainId, TimeSpan.Zero, TimeProvider.System, Cancel);
        try
        {
            using var proxy = new FaultyProxy(local.Rpc, AbiSignature.Selector("genesis()")) { Elsewhere = other.Rpc };
            using var market = await MarketConnection.OpenAsync(proxy.Uri, await Deployment.ReadAsync(local.DeploymentFile, Cancel), TimeProvider.System, Cancel);
            var follower = market.Follow();
            var projection = new MarketProjection();
            await ApplyAsync(follower, projection);

            proxy.Fault = Fault.Elsewhere;
            await Assert.ThrowsAsync<RpcUnreachableException>(() => follower.PollAsync(Cancel));
            proxy.Fault = Fault.None;
            await local.ActorAsync(10, 10);

            Assert.IsNotType<ChainUpdate.RolledBack>((await ApplyWhenReachedAsync(follower, projection))[0]);
            await AssertSameAsFreshAsync(projection);
        }
        finally
        {
            await other.Process.KillAsync(CancellationToken.None);
            File.Delete(log);
        }
    }

    [Fact]
    public async Task OneMoreBlock_CostsTwoRequests()
    {
        using var proxy = new FaultyProxy(local.Rpc, AbiSignature.Selector("genesis()"));
        using var market = await MarketConnection.OpenAsync([proxy.Uri], await Deployment.ReadAsync(local.DeploymentFile, Cancel), new RpcPoolOptions { LookInterval = TimeSpan.FromHours(1) }, TimeProvider.System, Cancel);
        var alice = await local.ActorAsync(10, 10);
        var follower = market.Follow();
        var projection = new MarketProjection();
        await ApplyAsync(follower, projection);
        var before = proxy.Passed.ToDictionary();

        (await alice.Market.WithdrawAsync(LocalMarket.Units(1), Cancel)).Require();
        var told = Events(await ApplyAsync(follower, projection));

        Assert.Equal([new WithdrawnEvent(alice.Account, 1_000_000)], told.Select(e => e.Message));
        Assert.Equal(["eth_getBlockByNumber", "eth_getLogs"], proxy.Passed.Where(p => p.Value > before.GetValueOrDefault(p.Key)).Select(p => p.Key).Order());
        Assert.Equal(before.Values.Sum() + 2, proxy.Passed.Values.Sum());
    }

    [Fact]
    public async Task Follow_TellsWhatComesLater()
    {
        var follower = local.Market.Follow(new FollowerOptions { PollInterval = TimeSpan.FromMilliseconds(10) });
        await follower.PollAsync(Cancel);
        var acting = local.ActorAsync(10, 10);

        await foreach (var update in follower.FollowAsync(Cancel))
        {
            if (Events([update]).Any(e => e.Message is DepositedEvent)) break;
        }

        await acting;
    }

    private static async Task<IReadOnlyList<ChainUpdate>> ApplyAsync(EventFollower follower, MarketProjection projection)
    {
        var updates = await follower.PollAsync(Cancel);
        foreach (var update in updates) projection.Apply(update);
        return updates;
    }

    // An endpoint that turned out to be another chain's rests before it is asked again.
    private static async Task<IReadOnlyList<ChainUpdate>> ApplyWhenReachedAsync(EventFollower follower, MarketProjection projection)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                return await ApplyAsync(follower, projection);
            }
            catch (RpcUnreachableException)
            {
                await look.WaitForNextTickAsync(Cancel);
            }
        }
    }

    private static List<ChainEvent> Events(IEnumerable<ChainUpdate> updates) => [.. updates.OfType<ChainUpdate.Advanced>().SelectMany(u => u.Events)];

    private async Task AssertSameAsFreshAsync(MarketProjection projection)
    {
        var fresh = new MarketProjection();
        await ApplyAsync(local.Market.Follow(), fresh);
        Assert.Equal(fresh.State.Head, projection.State.Head);
        Assert.Equal(fresh.State.Devices, projection.State.Devices);
        Assert.Equal(fresh.State.Bids, projection.State.Bids);
        Assert.Equal(fresh.State.Leases.Keys.Order(Comparer<Domain.Leases.LeaseKey>.Create((a, b) => a.Value.CompareTo(b.Value))), projection.State.Leases.Keys.Order(Comparer<Domain.Leases.LeaseKey>.Create((a, b) => a.Value.CompareTo(b.Value))));
    }
}
