using System.Globalization;
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
        var outbid = new List<double>();
        state.Devices.TryGetValue(self, out var device);
        state.Bids.TryGetValue(self, out var bid);
        foreach (var offer in state.Offers.Values)
        {
            if (offer.Posted.Time.Plus(WindowSeconds) < now) continue;
            var reason = offer.Leases.Any(k => state.Leases[k].Lease.Device == self) ? "leased" : Mismatch(offer, device, bid, now);
            if (reason is null && Undercut(state, offer, bid!) is { } percent) outbid.Add(percent);
            else Add(counts, reason ?? (offer.State == OfferState.Open && offer.Unleased > 0 ? "not matched yet" : "others were first"), 1);
        }

        if (outbid.Count > 0) Add(counts, string.Create(CultureInfo.InvariantCulture, $"outbid, by a median of {Median(outbid):0} %"), outbid.Count);
        return counts;
    }

    private static void Add(SortedDictionary<string, int> counts, string reason, int more) => counts[reason] = counts.GetValueOrDefault(reason) + more;

    // Why the device could not have been matched at all; null if it could.
    private static string? Mismatch(OfferEntry offer, DeviceEntry? device, BidEntry? bid, UnixTime now)
    {
        var terms = offer.Terms;
        if (bid is null || bid.ValidUntil < now || device?.Capability is not { } capability) return "no bid";
        if (terms.Devices.Length > 0 && !terms.Devices.Contains(bid.Device)) return "names other devices";
        if (bid.Book != terms.ClassKey) return "other class";
        if ((bid.VerdictMask & (1 << (int)terms.Verdict)) == 0) return "verdict not served";
        if (bid.Tick > terms.MaxTick) return "pays too little";
        if (capability.ScorePerLane < terms.MinScore) return "asks for more speed";
        return capability.MemoryMiB < terms.MinMemoryMiB ? "asks for more memory" : null;
    }

    // By how much, in percent, all leases of the offer are below what this device asks; null if one was not. A lease's price
    // is what the work that it displaced would have cost, so whoever got it asked no more than that.
    private static double? Undercut(MarketState state, OfferEntry offer, BidEntry bid)
    {
        if (offer.Leases.IsEmpty || offer.Unleased > 0) return null;
        var dearest = offer.Leases.Max(k => state.Leases[k].Lease.UnitPrice);
        var asked = (double)bid.Tick.Price.Raw;
        return dearest < asked ? 100 * (1 - (dearest / asked)) : null;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
