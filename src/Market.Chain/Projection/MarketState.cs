using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Following;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Projection;

/// <summary>What the events up to a block say. Immutable: old states share what did not change.</summary>
public sealed record MarketState
{
    /// <summary>Before the first event.</summary>
    public static MarketState Empty { get; } = new();

    /// <summary>The newest block known; null before the first.</summary>
    public ChainPoint? Head { get; init; }

    /// <summary>All devices that were not released.</summary>
    public ImmutableSortedDictionary<DeviceId, DeviceEntry> Devices { get; init; } = ImmutableSortedDictionary<DeviceId, DeviceEntry>.Empty;

    /// <summary>All bids; some may have run out since, which no event tells.</summary>
    public ImmutableSortedDictionary<DeviceId, BidEntry> Bids { get; init; } = ImmutableSortedDictionary<DeviceId, BidEntry>.Empty;

    /// <summary>All offers ever posted.</summary>
    public ImmutableDictionary<OfferId, OfferEntry> Offers { get; init; } = ImmutableDictionary<OfferId, OfferEntry>.Empty;

    /// <summary>All leases ever made.</summary>
    public ImmutableDictionary<LeaseKey, LeaseEntry> Leases { get; init; } = ImmutableDictionary<LeaseKey, LeaseEntry>.Empty;

    /// <summary>Leases that have not ended.</summary>
    public ImmutableHashSet<LeaseKey> OpenLeases { get; init; } = [];

    /// <summary>What was last demanded of each lease.</summary>
    public ImmutableDictionary<LeaseKey, DemandEntry> Demands { get; init; } = ImmutableDictionary<LeaseKey, DemandEntry>.Empty;

    /// <summary>All games ever opened, by number.</summary>
    public ImmutableSortedDictionary<BigInteger, GameEntry> Games { get; init; } = ImmutableSortedDictionary<BigInteger, GameEntry>.Empty;

    /// <summary>All jobs of several stages.</summary>
    public ImmutableDictionary<Hash256, JobEntry> Jobs { get; init; } = ImmutableDictionary<Hash256, JobEntry>.Empty;

    /// <summary>The job of each offer that is a stage.</summary>
    public ImmutableDictionary<OfferId, Hash256> JobOffers { get; init; } = ImmutableDictionary<OfferId, Hash256>.Empty;

    /// <summary>The input rule of each offer that is a stage; an empty one stands for a manifest.</summary>
    public ImmutableDictionary<OfferId, InputRuleTuple> Rules { get; init; } = ImmutableDictionary<OfferId, InputRuleTuple>.Empty;

    /// <summary>The leases of an offer, oldest first.</summary>
    public IEnumerable<LeaseEntry> LeasesOf(OfferId offer) =>
        Offers.TryGetValue(offer, out var entry) ? entry.Leases.Select(key => Leases[key]) : [];

    /// <summary>The open leases of a device.</summary>
    public IEnumerable<LeaseEntry> OpenLeasesOf(DeviceId device) => OpenLeases.Select(key => Leases[key]).Where(l => l.Lease.Device == device);

    /// <summary>The bids of a book that hold at <paramref name="now"/>, cheapest first.</summary>
    public IEnumerable<BidEntry> Book(ClassKey book, UnixTime now) =>
        Bids.Values.Where(b => b.Book == book && b.ValidUntil >= now).OrderBy(b => b.Tick).ThenBy(b => b.Device);

    /// <summary>The devices whose operator is <paramref name="account"/>.</summary>
    public IEnumerable<DeviceEntry> DevicesOperatedBy(Address account) => Devices.Values.Where(d => d.Operator == account);

    /// <summary>The state after a block.</summary>
    public MarketState After(ChainUpdate.Advanced update)
    {
        var state = this;
        foreach (var e in update.Events) state = JobFold.Apply(MarketFold.Apply(state, e), e.Message);
        return state with { Head = update.Head };
    }
}
