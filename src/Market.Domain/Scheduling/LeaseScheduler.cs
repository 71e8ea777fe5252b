using System.Collections.Immutable;
using Market.Domain.Money;

namespace Market.Domain.Scheduling;

/// <summary>Numbers that decisions about leases rest on.</summary>
/// <param name="Silence">Nothing heard for longer is silence: a few beats.</param>
/// <param name="Overhead">What matching, fetching and compiling take before another device starts.</param>
/// <param name="LeastGain">A second copy must save at least this part of the time that is left: one in so many.</param>
/// <param name="Summons">What a summoned device has to appear; null where nobody is summoned.</param>
public sealed record ScheduleOptions(TimeSpan Silence, TimeSpan Overhead, uint LeastGain = 3, TimeSpan? Summons = null)
{
    /// <summary>For beats of five seconds and blocks of a second.</summary>
    public static ScheduleOptions Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(4));
}

/// <summary>Lanes that could run a range now.</summary>
/// <param name="Lanes">How many are free and suit; none means nobody can.</param>
/// <param name="PerTasklet">What one of them needs for a tasklet.</param>
/// <param name="Price">What a tasklet costs there at most, fee included.</param>
public sealed record SpareLanes(uint Lanes, TimeSpan PerTasklet, Amount Price);

/// <summary>Decides about running leases. Pure: the same leases, moment and budget give the same decisions.</summary>
public static class LeaseScheduler
{
    /// <summary>What a device should do about its own lease: an honest device that will be late says so while others can still make it.</summary>
    public static LeaseDecision ForDevice(RunningLease lease, TimeSpan now, ScheduleOptions options)
    {
        // Its own silence is no news to a device.
        var forecast = Forecast.Of(lease, now, TimeSpan.MaxValue);
        var (left, due) = (forecast.End - now, lease.Due - now);
        return forecast.Pace == Pace.Late
            ? new HandBack(lease, new Reason(ReasonCode.WillBeLate, left, due))
            : new KeepLease(lease, new Reason(ReasonCode.OnTime, left, due));
    }

    /// <summary>
    /// What a consumer should do about the leases of a stage. Silent devices are summoned where that frees a range earlier: it
    /// costs nothing of the budget. Of the rest the slowest are looked at first, each at most once doubled; all second copies
    /// together cost at most <paramref name="budget"/>.
    /// </summary>
    /// <param name="leases">Running leases that have no second copy.</param>
    /// <param name="spare">Lanes that are free now.</param>
    /// <param name="budget">What may be spent on second copies.</param>
    /// <param name="needed">When the stage should be over; a lease that ends earlier is left alone.</param>
    /// <param name="now">The moment.</param>
    /// <param name="options">Numbers.</param>
    public static ImmutableArray<LeaseDecision> ForConsumer(
        IEnumerable<RunningLease> leases, SpareLanes spare, Amount budget, TimeSpan needed, TimeSpan now, ScheduleOptions options)
    {
        var decisions = ImmutableArray.CreateBuilder<LeaseDecision>();
        var lanes = spare.Lanes;
        foreach (var (lease, forecast) in leases.Select(lease => (lease, Forecast.Of(lease, now, options.Silence))).OrderByDescending(pair => pair.Item2.End).ThenBy(pair => pair.lease.First))
        {
            var left = forecast.End - now;
            if (lease.AppearBy is { } by)
            {
                decisions.Add(new KeepLease(lease, new Reason(ReasonCode.Summoned, by - now)));
                continue;
            }

            if (forecast.Pace == Pace.Silent && lease.MaySummon && options.Summons is { } summons && left > summons + options.Overhead)
            {
                decisions.Add(new Summon(lease, new Reason(ReasonCode.Silent, left, summons)));
                continue;
            }

            if (forecast.End <= needed)
            {
                decisions.Add(new KeepLease(lease, new Reason(ReasonCode.OnTime, left, needed - now)));
                continue;
            }

            var used = Math.Min(lanes, lease.Count);
            if (used == 0)
            {
                decisions.Add(new KeepLease(lease, new Reason(ReasonCode.NoLane, left)));
                continue;
            }

            var instead = options.Overhead + (spare.PerTasklet * ((lease.Count + used - 1) / used));
            var cost = spare.Price * lease.Count;
            if (instead + (left / options.LeastGain) > left) decisions.Add(new KeepLease(lease, new Reason(ReasonCode.GainTooSmall, left, instead)));
            else if (cost > budget) decisions.Add(new KeepLease(lease, new Reason(ReasonCode.NoBudget, left, instead, cost)));
            else
            {
                decisions.Add(new Speculate(lease, cost, new Reason(ReasonCode.FasterElsewhere, left, instead, cost)));
                budget -= cost;
                lanes -= used;
            }
        }

        return decisions.ToImmutable();
    }
}
