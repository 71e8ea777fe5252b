using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Projection;

/// <summary>What events about leases change: the lease, its offer's counts and its device's stake.</summary>
internal static class LeaseFold
{
    public static MarketState Give(MarketState state, LeasedEvent m, ChainPoint block)
    {
        var lease = m.ToDomain();
        var entry = new LeaseEntry(new LeaseKey(m.LeaseKey), lease, LeaseState.Leased, new UnixTime(m.Due), block, block);
        return Offer(state, lease.Offer, o => o with { Outstanding = o.Outstanding + lease.Count, Leases = o.Leases.Add(entry.Key) }) with
        {
            Leases = state.Leases.SetItem(entry.Key, entry),
            OpenLeases = state.OpenLeases.Add(entry.Key),
        };
    }

    public static MarketState Settle(MarketState state, SettledEvent m, ChainPoint block)
    {
        var paid = new Amount(m.Paid);
        state = Step(state, m.LeaseKey, LeaseStep.Settle, block, l => l with { Paid = paid, Accepted = m.Accepted });
        var lease = state.Leases[new LeaseKey(m.LeaseKey)].Lease;
        state = Offer(state, lease.Offer, o => o with { Outstanding = o.Outstanding - lease.Count, Settled = o.Settled + lease.Count, Paid = o.Paid + paid });
        return MarketFold.Device(state, m.Device, d => d with { Stake = d.Stake + paid, Earned = d.Earned + paid });
    }

    /// <summary>The lease ends without a payable result and its range is free again.</summary>
    public static MarketState Fail(MarketState state, Hash256 key, LeaseStep step, UInt128 penalty, byte reason, ChainPoint block)
    {
        // A dispute that is lost reports both its verdict and the fall of the lease.
        var before = state.Leases[new LeaseKey(key)];
        if (before.State == LeaseState.Voided) return state;

        state = Step(state, key, step, block, l => l with { Penalty = new Amount(penalty), DeclineReason = reason, Demanded = false });
        state = Offer(state, before.Lease.Offer, o => o with { Outstanding = o.Outstanding - before.Lease.Count });
        return MarketFold.Penalise(state, before.Lease.Device.Value, penalty);
    }

    public static MarketState Step(MarketState state, Hash256 key, LeaseStep step, ChainPoint block, Func<LeaseEntry, LeaseEntry> change)
    {
        var before = state.Leases[new LeaseKey(key)];
        var next = LeaseLifecycle.Next(before.State, step) ?? throw new InvalidOperationException($"lease {key}: {step} from {before.State}");
        state = Change(state, key, block, l => change(l) with { State = next });
        return LeaseLifecycle.IsFinal(next) ? state with { OpenLeases = state.OpenLeases.Remove(before.Key) } : state;
    }

    public static MarketState Change(MarketState state, Hash256 key, ChainPoint block, Func<LeaseEntry, LeaseEntry> change)
    {
        var lease = state.Leases[new LeaseKey(key)];
        return state with { Leases = state.Leases.SetItem(lease.Key, change(lease) with { Changed = block }) };
    }

    public static MarketState Demand(MarketState state, DemandedEvent m, ChainPoint block, Func<LeaseEntry, LeaseEntry> change)
    {
        var key = new LeaseKey(m.LeaseKey);
        return Change(state, m.LeaseKey, block, change) with { Demands = state.Demands.SetItem(key, new DemandEntry(key, m.What.Index, m.What.Output, m.What.FirstLeaf, m.What.Leaves, null, default)) };
    }

    public static MarketState Answer(MarketState state, AnsweredEvent m, ChainEvent e, Func<LeaseEntry, LeaseEntry> change)
    {
        var key = new LeaseKey(m.LeaseKey);
        state = Change(state, m.LeaseKey, e.Block, change);
        return state.Demands.TryGetValue(key, out var demand)
            ? state with { Demands = state.Demands.SetItem(key, demand with { Answer = e.Transaction, Data = m.Data }) }
            : state;
    }

    private static MarketState Offer(MarketState state, OfferId id, Func<OfferEntry, OfferEntry> change) =>
        state with { Offers = state.Offers.SetItem(id, change(state.Offers[id])) };
}
