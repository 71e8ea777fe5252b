using Market.Client.Providers;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Node.Health;

namespace Market.Node.Bidding;

/// <summary>What to ask now: the owner's pricing, and how busy the device is.</summary>
internal sealed class BidPrice(NodeStatus status)
{
    private Tick? _asked;
    private UnixTime _changedAt;

    /// <summary>The curve that settings mean; null if a price cannot be expressed in ticks.</summary>
    public static PriceCurve? CurveOf(Asset asset, ProviderPricing pricing) =>
        TickOf(asset, pricing.Price) is { } idle && TickOf(asset, pricing.BusyPrice ?? pricing.Price) is { } busy
            ? new PriceCurve(idle, busy, (ulong)pricing.HoldSeconds)
            : null;

    /// <summary>The price to ask at block time <paramref name="now"/>.</summary>
    /// <param name="curve">What the owner wants.</param>
    /// <param name="standing">What the chain has; null without a bid.</param>
    /// <param name="lanes">The device's lanes.</param>
    /// <param name="now">Block time.</param>
    public Tick Next(PriceCurve curve, Tick? standing, int lanes, UnixTime now)
    {
        // After a restart the last change is not known; a while later it does not matter.
        if (_asked is null) (_asked, _changedAt) = (standing, now);
        var since = now > _changedAt ? now.SecondsFrom(_changedAt) : 0;
        var next = curve.Next(_asked, status.BusyLanes, lanes, since);
        if (next != _asked) (_asked, _changedAt) = (next, now);
        return next;
    }

    // Never less than asked for.
    private static Tick? TickOf(Asset asset, string price) =>
        asset.TryParsePerGfuel(price, out var unitPrice) ? Tick.AtLeast(unitPrice) : null;
}
