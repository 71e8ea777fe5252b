using Market.Domain.Money;

namespace Market.Domain.Books;

/// <summary>
/// What a device asks, by how busy it is. Between its two ends the price moves in equal steps of ticks, that is, in equal
/// ratios. A fixed price is a curve whose ends are one.
/// </summary>
/// <param name="Idle">Asked when no lane is busy.</param>
/// <param name="Busy">Asked when all are; not below <paramref name="Idle"/>.</param>
/// <param name="HoldSeconds">Least time between two changes: each costs gas, and consumers wait for none of them.</param>
public sealed record PriceCurve(Tick Idle, Tick Busy, ulong HoldSeconds)
{
    // A change that moves the price by less than a quarter of the curve is not worth its gas, unless it reaches an end.
    private const int LeastPart = 4;

    /// <summary>The price with <paramref name="busy"/> of <paramref name="lanes"/> lanes at work.</summary>
    public Tick At(int busy, int lanes)
    {
        var share = lanes <= 0 ? 0 : Math.Clamp(busy, 0, lanes);
        return lanes <= 0 ? Idle : Idle.Plus((Busy.Index - Idle.Index) * share / lanes);
    }

    /// <summary>The price to ask from now on.</summary>
    /// <param name="standing">What is asked now; null if nothing is.</param>
    /// <param name="busy">Lanes at work.</param>
    /// <param name="lanes">Lanes in all.</param>
    /// <param name="sinceChange">Seconds since the price last changed.</param>
    public Tick Next(Tick? standing, int busy, int lanes, ulong sinceChange)
    {
        var target = At(busy, lanes);
        if (standing is not { } now) return target;

        // Off the curve, because its owner moved it: come back at once.
        if (now < Idle || now > Busy) return target;
        if (sinceChange < HoldSeconds) return now;

        var step = Math.Abs(target.Index - now.Index);
        var atEnd = target == Idle || target == Busy;
        return step > 0 && (atEnd || step * LeastPart >= Busy.Index - Idle.Index) ? target : now;
    }
}
