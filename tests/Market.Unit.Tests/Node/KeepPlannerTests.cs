using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;
using Market.Node.Keeping;

namespace Market.Unit.Tests.Node;

public sealed class KeepPlannerTests
{
    private const uint Grace = 5;
    private static readonly DeviceId Self = new(1);
    private static readonly DeviceId Other = new(2);
    private static readonly ChainPoint Block = new(7, Hash256.Zero, new UnixTime(1_000));
    private static readonly UnixTime Due = new(1_100);
    private static readonly ParametersTuple Parameters = new(0, 0, 0, 0, 0, Grace, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, default, default);

    [Fact]
    public void Due_DeadLeaseOfAnother_IsExpiredInTurnNotBefore()
    {
        var (state, lease) = State(Other, LeaseState.Leased);
        var turn = KeepPlanner.TurnOf(Self, lease.Key.Value);

        Assert.Empty(Steps(state, Due.Plus(Grace + turn)));
        Assert.Equal(lease, Assert.IsType<KeepStep.Expire>(Assert.Single(Steps(state, Due.Plus(Grace + turn + 1)))).Lease);
    }

    [Fact]
    public void Due_DeviceThatDidNotAppear_LosesItsLeaseBeforeItIsDue()
    {
        var (state, lease) = State(Other, LeaseState.Leased);
        var (turn, by) = (KeepPlanner.TurnOf(Self, lease.Key.Value), new UnixTime(Due.Seconds - 50));
        var summoned = state with { Leases = state.Leases.SetItem(lease.Key, lease with { Summoned = true, AppearBy = by }) };

        Assert.Empty(Steps(summoned, by.Plus(turn)));
        Assert.IsType<KeepStep.Expire>(Assert.Single(Steps(summoned, by.Plus(turn + 1))));
        Assert.Empty(Steps(state with { Leases = state.Leases.SetItem(lease.Key, lease with { Summoned = true }) }, by.Plus(turn + 1)));
    }

    [Fact]
    public void Due_OwnLease_IsLeftToItsActor() => Assert.Empty(Steps(State(Self, LeaseState.Leased).State, Due.Plus(1_000)));

    [Fact]
    public void Due_FinalResultThatNobodySettles_IsSettledLater()
    {
        var (state, _) = State(Other, LeaseState.Committed);

        Assert.Empty(Steps(state, Due.Plus(50)));
        Assert.IsType<KeepStep.Settle>(Assert.Single(Steps(state, Due.Plus(500))));
    }

    [Theory]
    [InlineData(LeaseState.Leased)]
    [InlineData(LeaseState.Committed)]
    public void Due_LeaseOfABannedDevice_IsVoidedAtOnce(LeaseState leaseState)
    {
        var (state, lease) = State(Other, leaseState);
        var liar = new DeviceEntry(Other, default, default, "", Hash256.Zero, Amount.Zero, Amount.Zero, Amount.Zero, null, null, Slashed: true);

        Assert.Equal(lease, Assert.IsType<KeepStep.Void>(Assert.Single(Steps(state with { Devices = state.Devices.Add(Other, liar) }, Due))).Lease);
        Assert.Empty(Steps(state with { Devices = state.Devices.Add(Other, liar with { Slashed = false }) }, Due));
    }

    [Fact]
    public void Due_DisputeThatNobodyRulesOn_IsVoidedWhenItsTimeIsOver()
    {
        var (state, lease) = State(Other, LeaseState.Disputed);
        var turn = KeepPlanner.TurnOf(Self, lease.Key.Value);

        Assert.Empty(Steps(state, lease.FinalAt!.Value.Plus(turn)));
        Assert.IsType<KeepStep.Void>(Assert.Single(Steps(state, lease.FinalAt.Value.Plus(turn + 1))));
    }

    [Fact]
    public void Due_UnleasedTaskletsBeforeTheDeadline_AreMatchedAfterItClosed()
    {
        var offer = Offer(outstanding: 0, OfferState.Open);
        var state = MarketState.Empty with { Offers = MarketState.Empty.Offers.Add(offer.Id, offer) };

        Assert.IsType<KeepStep.Match>(Assert.Single(Steps(state, new UnixTime(1_500))));
        Assert.IsType<KeepStep.Close>(Assert.Single(Steps(state, offer.Terms.Deadline.Plus(1_000))));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Due_MoreOfAnOfferWhoseRangeWasJustCommitted_IsMatchedAtOnceByThatDevice(uint device, bool due)
    {
        var (state, lease) = State(new DeviceId(device), LeaseState.Committed);
        var offer = state.Offers.Values.Single();
        state = state with { Offers = state.Offers.SetItem(offer.Id, offer with { Terms = offer.Terms with { Total = 8 } }) };

        Assert.Equal(due, Steps(state, lease.Changed.Time).OfType<KeepStep.Match>().Any());
    }

    [Fact]
    public void TurnOf_SpreadsDevices() =>
        Assert.Equal(KeepPlanner.Turns, (uint)Enumerable.Range(1, 50).Select(d => KeepPlanner.TurnOf(new DeviceId((uint)d), Hash256.Zero)).Distinct().Count());

    private static List<KeepStep> Steps(MarketState state, UnixTime now) => [.. KeepPlanner.Due(state, Self, Parameters, now)];

    private static (MarketState State, LeaseEntry Lease) State(DeviceId device, LeaseState leaseState)
    {
        var offer = Offer(outstanding: 4, OfferState.Open);
        var lease = new Lease(offer.Id, device, 0, 4, 1, 0);
        var entry = new LeaseEntry(lease.Key(), lease, leaseState, Due, Block, Block) { FinalAt = leaseState is LeaseState.Committed or LeaseState.Disputed ? Due : null };
        var state = MarketState.Empty with
        {
            Offers = MarketState.Empty.Offers.Add(offer.Id, offer with { Leases = [entry.Key] }),
            Leases = MarketState.Empty.Leases.Add(entry.Key, entry),
            OpenLeases = [entry.Key],
        };
        return (state, entry);
    }

    private static OfferEntry Offer(uint outstanding, OfferState state)
    {
        var work = new Work(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
        var terms = new Terms
        {
            Consumer = default,
            Nonce = 1,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
            Total = 4,
            Mfuel = 1,
            MaxTick = new Tick(1),
            LeaseSeconds = 100,
            WindowSeconds = 10,
            Deadline = new UnixTime(2_000),
            Verdict = Verdict.Optimistic,
            BondBps = 1,
            MinScore = 1,
            Work = work.Hash(),
        };
        return new OfferEntry(new OfferId(Hash256.Zero), terms, work, Amount.Zero, state, outstanding, 0, Amount.Zero, Amount.Zero, [], Block);
    }
}
