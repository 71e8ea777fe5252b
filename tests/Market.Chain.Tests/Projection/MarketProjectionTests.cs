using Market.Chain.Projection;
using Market.Chain.Tests.Fixture;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Tests.Projection;

public class MarketProjectionTests(LocalMarket local)
{
    private static readonly Hash256 Root = Keccak256.Hash("results"u8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnAcceptedOffer_IsFollowedToItsEnd()
    {
        var (provider, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));
        var leased = await StateAsync();
        (await provider.Market.CommitAsync(terms, lease, Root, Cancel)).Require();
        var committed = await StateAsync();

        (await consumer.Market.AcceptAsync(terms, [lease], Cancel)).Require();
        var settled = await StateAsync();

        Assert.Equal((LeaseState.Leased, 8u, 0u), (leased.Leases[lease.Key()].State, leased.Offers[lease.Offer].Outstanding, leased.Offers[lease.Offer].Unleased));
        Assert.Contains(lease.Key(), leased.OpenLeases);
        Assert.Equal((LeaseState.Committed, (Hash256?)Root), (committed.Leases[lease.Key()].State, committed.Leases[lease.Key()].ResultRoot));
        var end = settled.Leases[lease.Key()];
        Assert.Equal((LeaseState.Settled, true, 8u), (end.State, end.Accepted, settled.Offers[lease.Offer].Settled));
        Assert.True(end.Paid > Amount.Zero && end.Paid <= lease.Pay(terms.Mfuel));
        Assert.DoesNotContain(lease.Key(), settled.OpenLeases);
        Assert.Equal((terms, work), (settled.Offers[lease.Offer].Terms, settled.Offers[lease.Offer].Work));
        await AssertDeviceIsTheContractsAsync(settled, device);
    }

    [Fact]
    public async Task AnExpiredLease_FreesItsRange_AndItsNextAttemptIsAnotherLease()
    {
        var (_, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));

        await local.PassAsync(120);
        (await consumer.Market.ExpireAsync(terms, lease, Cancel)).Require();
        var expired = await StateAsync();

        var entry = expired.Leases[lease.Key()];
        Assert.Equal((LeaseState.Expired, 8u), (entry.State, expired.Offers[lease.Offer].Unleased));
        Assert.True(entry.Penalty > Amount.Zero);
        await AssertDeviceIsTheContractsAsync(expired, device);
    }

    [Fact]
    public async Task ASummonedDevice_KeepsItsLease_IfItAppears()
    {
        var (provider, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));

        (await consumer.Market.SummonAsync(terms, lease, Cancel)).Require();
        var summoned = (await StateAsync()).Leases[lease.Key()];
        (await provider.Market.AppearAsync(terms, lease, Cancel)).Require();
        var appeared = (await StateAsync()).Leases[lease.Key()];
        (await provider.Market.CommitAsync(terms, lease, Root, Cancel)).Require();
        var committed = await StateAsync();

        Assert.Equal((LeaseState.Leased, true, true), (summoned.State, summoned.Summoned, summoned.AppearBy > summoned.Given.Time && summoned.AppearBy < summoned.Due));
        Assert.Equal((LeaseState.Leased, true, (UnixTime?)null, summoned.Due), (appeared.State, appeared.Summoned, appeared.AppearBy, appeared.Due));
        Assert.Equal(LeaseState.Committed, committed.Leases[lease.Key()].State);
        await AssertDeviceIsTheContractsAsync(committed, device);
    }

    [Fact]
    public async Task ADeclinedLease_KeepsItsReason()
    {
        var (provider, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));

        (await provider.Market.DeclineAsync(terms, lease, 1, Cancel)).Require();
        var state = await StateAsync();

        Assert.Equal((LeaseState.Declined, (byte)1), (state.Leases[lease.Key()].State, state.Leases[lease.Key()].DeclineReason));
        await AssertDeviceIsTheContractsAsync(state, device);
    }

    [Fact]
    public async Task ATrustedLease_SettlesWithItsCommitment()
    {
        var (provider, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, Verdict.Trusted, device);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));

        (await provider.Market.CommitAsync(terms, lease, Root, Cancel)).Require();

        Assert.Equal(LeaseState.Settled, (await StateAsync()).Leases[lease.Key()].State);
    }

    [Fact]
    public async Task AfterTheWindow_AnyoneSettles()
    {
        var (provider, device) = await ProviderAsync();
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700, devices: [device]);
        var lease = Assert.Single(await consumer.PostAndMatchAsync(terms, work));
        (await provider.Market.CommitAsync(terms, lease, Root, Cancel)).Require();
        await local.PassAsync(31);

        (await provider.Market.SettleAsync(terms, [lease], Cancel)).Require();

        var entry = (await StateAsync()).Leases[lease.Key()];
        Assert.Equal((LeaseState.Settled, false), (entry.State, entry.Accepted));
    }

    [Fact]
    public async Task ACancelledOffer_ReturnsItsEscrow()
    {
        var consumer = await local.ActorAsync(50, 50);
        var (terms, work) = await consumer.OfferAsync(8, 700);
        (await consumer.Market.PostOfferAsync(terms, work, Cancel)).Require();
        var id = terms.Id(local.Market.Deployment.ChainId, local.Market.Deployment.Market);
        var open = (await StateAsync()).Offers[id];

        (await consumer.Market.CancelOfferAsync(terms, Cancel)).Require();

        var closed = (await StateAsync()).Offers[id];
        Assert.Equal((OfferState.Open, OfferState.Closed), (open.State, closed.State));
        Assert.Equal(open.Escrow, closed.Refunded);
    }

    [Fact]
    public async Task ABid_IsAnnouncedActivatedAndWithdrawn()
    {
        var (provider, device) = await ProviderAsync();
        var until = (await local.Market.Clock.NowAsync(Cancel)).Plus(3600);
        (await provider.Market.AnnounceBidAsync(device, new Tick(650), 2, until, Cancel)).Require();
        var announced = (await StateAsync()).Bids[device];
        await local.PassAsync(5);
        (await provider.Market.ActivateBidAsync(device, Cancel)).Require();
        var active = (await StateAsync()).Bids[device];
        (await provider.Market.AnnounceBidAsync(device, new Tick(650), 0, until, Cancel)).Require();
        await local.PassAsync(5);
        (await provider.Market.ActivateBidAsync(device, Cancel)).Require();

        var state = await StateAsync();

        Assert.Equal((new Tick(600), new Tick(650)), (announced.Tick, announced.Pending!.Tick));
        Assert.Equal((new Tick(650), (ushort)2, (PendingBid?)null), (active.Tick, active.Lanes, active.Pending));
        Assert.False(state.Bids.ContainsKey(device));
    }

    [Fact]
    public async Task ARetiredDevice_LeavesWithItsStake()
    {
        var (provider, device) = await ProviderAsync();
        (await provider.Market.RetireAsync(device, Cancel)).Require();
        var retired = await StateAsync();
        await local.PassAsync(3600);

        (await provider.Market.ReleaseAsync(device, Cancel)).Require();

        Assert.NotNull(retired.Devices[device].ReleaseAt);
        Assert.False(retired.Bids.ContainsKey(device));
        Assert.False((await StateAsync()).Devices.ContainsKey(device));
    }

    private async Task<(Actor Provider, DeviceId Device)> ProviderAsync()
    {
        var provider = await local.ActorAsync(200, 200);
        return (provider, await provider.DeviceAsync(150, 600));
    }

    private async Task<MarketState> StateAsync()
    {
        var projection = new MarketProjection();
        foreach (var update in await local.Market.Follow().PollAsync(Cancel)) projection.Apply(update);
        return projection.State;
    }

    private async Task AssertDeviceIsTheContractsAsync(MarketState state, DeviceId device)
    {
        var read = await local.Market.Market.DeviceAsync(device, Cancel);
        var told = state.Devices[device];
        Assert.Equal((new Amount(read.Stake), read.Owner, read.Operator), (told.Stake, told.Owner, told.Operator));
    }
}
