using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Chain.Projection;

/// <summary>What each event changes. The registry's events need no case: the market tells capabilities itself.</summary>
internal static class MarketFold
{
    public static MarketState Apply(MarketState state, ChainEvent e) => e.Message switch
    {
        DeviceRegisteredEvent m => state with
        {
            Devices = state.Devices.SetItem(
                new DeviceId(m.Device),
                new DeviceEntry(new DeviceId(m.Device), m.Owner, m.Operator, m.Endpoint, m.TransportKey, new Amount(m.Stake), Amount.Zero, Amount.Zero, null, null, false)),
        },
        EndpointSetEvent m => Device(state, m.Device, d => d with { Endpoint = m.Endpoint, TransportKey = m.TransportKey }),
        OperatorSetEvent m => Device(state, m.Device, d => d with { Operator = m.Operator }),
        StakeChangedEvent m => Device(state, m.Device, d => d with { Stake = new Amount(m.Stake) }),
        CapabilitySetEvent { Capability: var c } m => Device(state, m.Device, d => d with
        {
            Capability = new CapabilityEntry(new ClassKey(c.ClassKey), c.ScorePerLane, c.MemoryMiB, c.Lanes, new UnixTime(c.ExpiresAt)),
        }),
        DeviceRetiredEvent m => Device(state, m.Device, d => d with { ReleaseAt = new UnixTime(m.ReleaseAt) }),
        DeviceReleasedEvent m => state with { Devices = state.Devices.Remove(new DeviceId(m.Device)) },
        DeviceSlashedEvent m => Penalise(Device(state, m.Device, d => d with { Slashed = true }), m.Device, m.Amount),

        BidPlacedEvent m => state with
        {
            Bids = state.Bids.SetItem(
                new DeviceId(m.Device),
                new BidEntry(new DeviceId(m.Device), new ClassKey(m.ClassKey), new Tick(m.Tick), m.Lanes, new UnixTime(m.ValidUntil), m.VerdictMask, null)),
        },
        BidAnnouncedEvent m => Bid(state, m.Device, b => b with
        {
            Pending = new PendingBid(new Tick(m.Tick), m.Lanes, new UnixTime(m.ValidUntil), new UnixTime(m.ActiveAt)),
        }),
        BidExtendedEvent m => Bid(state, m.Device, b => b with { ValidUntil = new UnixTime(m.ValidUntil) }),
        BidRemovedEvent m => state with { Bids = state.Bids.Remove(new DeviceId(m.Device)) },

        OfferPostedEvent m => state with
        {
            Offers = state.Offers.SetItem(
                new OfferId(m.OfferId),
                new OfferEntry(new OfferId(m.OfferId), m.ToTerms(), m.Work.ToDomain(), new Amount(m.Escrow), OfferState.Open, 0, 0, Amount.Zero, Amount.Zero, [], e.Block)),
        },
        OfferCancelledEvent m => Offer(state, m.OfferId, OfferStep.Cancel, m.Refund),
        OfferClosedEvent m => Offer(state, m.OfferId, OfferStep.Close, m.Refund),

        LeasedEvent m => LeaseFold.Give(state, m, e.Block),
        SummonedEvent m => LeaseFold.Step(state, m.LeaseKey, LeaseStep.Summon, e.Block, l => l with { Summoned = true, AppearBy = new UnixTime(m.AppearBy) }),
        AppearedEvent m => LeaseFold.Step(state, m.LeaseKey, LeaseStep.Appear, e.Block, l => l with { AppearBy = null }),
        CommittedEvent m => LeaseFold.Step(state, m.LeaseKey, LeaseStep.Commit, e.Block, l => l with { ResultRoot = m.ResultRoot, FinalAt = new UnixTime(m.FinalAt), WindowEnd = new UnixTime(m.FinalAt) }),
        SettledEvent m => LeaseFold.Settle(state, m, e.Block),
        ExpiredEvent m => LeaseFold.Fail(state, m.LeaseKey, LeaseStep.Expire, m.Penalty, 0, e.Block),
        DeclinedEvent m => LeaseFold.Fail(state, m.LeaseKey, LeaseStep.Decline, m.Penalty, m.Reason, e.Block),
        DemandFailedEvent m => LeaseFold.Fail(state, m.LeaseKey, LeaseStep.Void, m.Penalty, 0, e.Block),
        VoidedEvent m => LeaseFold.Fail(state, m.LeaseKey, LeaseStep.Void, 0, 0, e.Block),
        DemandedEvent m => LeaseFold.Demand(state, m, e.Block, l => l with { Demanded = true, FinalAt = Later(l.FinalAt, m.Until) }),
        AnsweredEvent m => LeaseFold.Answer(state, m, e, l => l with { Demanded = false }),
        DisputedEvent m => LeaseFold.Step(state, m.LeaseKey, LeaseStep.Dispute, e.Block, l => l with { FinalAt = new UnixTime(m.Until) }),
        ResolvedEvent { Upheld: true } m => LeaseFold.Step(state, m.LeaseKey, LeaseStep.Uphold, e.Block, l => l with { FinalAt = l.WindowEnd }),
        ResolvedEvent m => LeaseFold.Fail(state, m.LeaseKey, LeaseStep.Void, 0, 0, e.Block),

        LeaseChallengedEvent m => GameFold.Challenge(state, m),
        GameOpenedEvent m => GameFold.Open(state, m, e),
        GameDissectedEvent m => GameFold.Dissect(state, m, e),
        GameProvenEvent m => GameFold.Prove(state, m, e),
        GameTimedOutEvent m => GameFold.TimeOut(state, m, e),
        GameWonEvent m => GameFold.Win(state, m, e),
        GameSettledEvent m => GameFold.Settle(state, m, e),
        _ => state,
    };

    public static MarketState Device(MarketState state, uint id, Func<DeviceEntry, DeviceEntry> change) =>
        state.Devices.TryGetValue(new DeviceId(id), out var device)
            ? state with { Devices = state.Devices.SetItem(device.Id, change(device)) }
            : state;

    public static MarketState Penalise(MarketState state, uint device, UInt128 penalty) => Device(state, device, d => d with
    {
        Stake = Amount.SubtractToZero(d.Stake, new Amount(penalty)),
        Lost = d.Lost + new Amount(penalty),
    });

    private static MarketState Bid(MarketState state, uint device, Func<BidEntry, BidEntry> change) =>
        state.Bids.TryGetValue(new DeviceId(device), out var bid)
            ? state with { Bids = state.Bids.SetItem(bid.Device, change(bid)) }
            : state;

    private static MarketState Offer(MarketState state, Hashing.Hash256 key, OfferStep step, UInt128 refund)
    {
        var offer = state.Offers[new OfferId(key)];
        var next = OfferLifecycle.Next(offer.State, step) ?? throw new InvalidOperationException($"offer {key}: {step} from {offer.State}");
        return state with { Offers = state.Offers.SetItem(offer.Id, offer with { State = next, Refunded = offer.Refunded + new Amount(refund) }) };
    }

    private static UnixTime Later(UnixTime? known, ulong until) => known is { } time && time.Seconds > until ? time : new UnixTime(until);
}
