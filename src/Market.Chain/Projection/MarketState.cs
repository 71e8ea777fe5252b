using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Following;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;

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

    /// <summary>The leases of an offer, oldest first.</summary>
    public IEnumerable<LeaseEntry> LeasesOf(OfferId offer) =>
        Offers.TryGetValue(offer, out var entry) ? entry.Leases.Select(key => Leases[key]) : [];

    /// <summary>The open leases of a device.</summary>
    public IEnumerable<LeaseEntry> OpenLeasesOf(DeviceId device) => OpenLeases.Select(key => Leases[key]).Where(l => l.Lease.Device == device);

    /// <summary>The bids of a book that hold at <paramref name="now"/>, cheapest first.</summary>
    public IEnumerable<BidEntry> Book(ClassKey book, UnixTime now) =>
        Bids.Values.Where(b => b.Book == book && b.ValidUntil >= now).OrderBy(b => b.Tick).ThenBy(b => b.Device);

    /// <summary>The devices whose operator is <paramref name="account"/>.</summary>
    public IEnumerable<DeviceEntry> DevicesOperatedBy(Hashing.Address account) => Devices.Values.Where(d => d.Operator == account);

    /// <summary>The state after a block.</summary>
    public MarketState After(ChainUpdate.Advanced update)
    {
        var state = this;
        foreach (var e in update.Events) state = MarketFold.Apply(state, e);
        return state with { Head = update.Head };
    }
}
