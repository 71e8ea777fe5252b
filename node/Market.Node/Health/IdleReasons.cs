using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Offers;

namespace Market.Node.Health;

/// <summary>How many offers of the last hour this device took or did not, and why, from what the chain says.</summary>
internal static class IdleReasons
{
    /// <summary>How far back offers count.</summary>
    public const ulong WindowSeconds = 3600;

    /// <summary>Counts by reason; <c>leased</c> are those of which this device had a lease.</summary>
    public static IReadOnlyDictionary<string, int> Count(MarketState state, DeviceId self, UnixTime now)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        state.Devices.TryGetValue(self, out var device);
        state.Bids.TryGetValue(self, out var bid);
        foreach (var offer in state.Offers.Values)
        {
            if (offer.Posted.Time.Plus(WindowSeconds) < now) continue;
            var reason = offer.Leases.Any(k => state.Leases[k].Lease.Device == self) ? "leased" : Reason(offer, device, bid, now);
            counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }

        return counts;
    }

    private static string Reason(OfferEntry offer, DeviceEntry? device, BidEntry? bid, UnixTime now)
    {
        var terms = offer.Terms;
        if (bid is null || bid.ValidUntil < now || device?.Capability is not { } capability) return "no bid";
        if (terms.Devices.Length > 0 && !terms.Devices.Contains(bid.Device)) return "names other devices";
        if (bid.Book != terms.ClassKey) return "other class";
        if ((bid.VerdictMask & (1 << (int)terms.Verdict)) == 0) return "verdict not served";
        if (bid.Tick > terms.MaxTick) return "pays too little";
        if (capability.ScorePerLane < terms.MinScore) return "asks for more speed";
        if (capability.MemoryMiB < terms.MinMemoryMiB) return "asks for more memory";
        return offer.State == OfferState.Open && offer.Unleased > 0 ? "not matched yet" : "others were cheaper or first";
    }
}
