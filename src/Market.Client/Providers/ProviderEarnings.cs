using System.Collections.Immutable;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;

namespace Market.Client.Providers;

/// <summary>What a device earned and lost, by the chain's word.</summary>
/// <param name="Device">The device.</param>
/// <param name="Days">Days on which a lease ended, oldest first.</param>
/// <param name="Pending">Pay of committed leases that are not settled yet.</param>
public sealed record ProviderEarnings(DeviceId Device, ImmutableArray<EarningDay> Days, Amount Pending)
{
    /// <summary>Pay of all settled leases.</summary>
    public Amount Paid => Sum(day => day.Paid);

    /// <summary>Penalties of all fallen leases.</summary>
    public Amount Penalties => Sum(day => day.Penalties);

    /// <summary>What <paramref name="state"/> tells of <paramref name="device"/>.</summary>
    public static ProviderEarnings Of(MarketState state, DeviceId device)
    {
        var leases = state.Leases.Values.Where(lease => lease.Lease.Device == device).ToList();
        var days = leases.Where(lease => LeaseLifecycle.IsFinal(lease.State))
            .GroupBy(lease => DateOnly.FromDateTime(lease.Changed.Time.ToDateTimeOffset().UtcDateTime))
            .OrderBy(day => day.Key)
            .Select(day => new EarningDay(
                day.Key,
                day.Count(lease => lease.State == LeaseState.Settled),
                day.Where(lease => lease.State == LeaseState.Settled).Sum(lease => lease.Lease.Count),
                day.Count(lease => lease.State != LeaseState.Settled),
                Total(day.Select(lease => lease.Paid)),
                Total(day.Select(lease => lease.Penalty))));
        var pending = leases.Where(lease => lease.State is LeaseState.Committed or LeaseState.Disputed)
            .Select(lease => lease.Lease.Pay(state.Offers[lease.Lease.Offer].Terms.Mfuel));
        return new ProviderEarnings(device, [.. days], Total(pending));
    }

    private static Amount Total(IEnumerable<Amount> amounts) => amounts.Aggregate(Amount.Zero, (sum, amount) => sum + amount);

    private Amount Sum(Func<EarningDay, Amount> part) => Total(Days.Select(part));
}

/// <summary>One day (UTC) of a device.</summary>
/// <param name="Day">The day.</param>
/// <param name="Settled">Leases paid.</param>
/// <param name="Tasklets">Tasklets in them.</param>
/// <param name="Fallen">Leases that ended without pay.</param>
/// <param name="Paid">What was paid.</param>
/// <param name="Penalties">What was lost.</param>
public sealed record EarningDay(DateOnly Day, int Settled, long Tasklets, int Fallen, Amount Paid, Amount Penalties);
