using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Progress;

namespace Market.Client.Explaining;

/// <summary>What happened to a lease, in words: the same in progress lines, logs and explanations.</summary>
public static class LeaseWords
{
    /// <summary>The lease's last change as a sentence without its full stop.</summary>
    public static string Describe(LeaseView lease, Asset asset)
    {
        var (device, range) = (lease.Lease.Device, Range(lease.Lease));
        var again = lease.Lease.Attempt > 0 ? $" (attempt {lease.Lease.Attempt + 1})" : "";
        return lease.State switch
        {
            LeaseState.Leased => $"{device} runs {range}{again}",
            LeaseState.Committed => $"{device} has committed {range}; final at {lease.FinalAt!.Value.ToDateTimeOffset():HH:mm:ss}",
            LeaseState.Settled => $"{device} {(lease.Accepted ? "accepted" : "final")}: {range}, paid {asset.Format(lease.Paid)}",
            LeaseState.Expired when lease.AppearBy is not null => $"{device} did not appear and lost {range}, penalty {asset.Format(lease.Penalty)}; they are leased again",
            LeaseState.Expired => $"{device} let {range} expire, penalty {asset.Format(lease.Penalty)}; they are leased again",
            LeaseState.Declined => $"{device} handed {range} back ({Reason(lease.DeclineReason)}); they are leased again",
            LeaseState.Disputed => $"the result of {device} for {range} is disputed",
            LeaseState.Voided => $"the lease of {device} for {range} fell; they are leased again",
            _ => $"{device} {lease.State} {range}",
        };
    }

    /// <summary>Why tasklets of a lease were given out again: what became of the last one that had any of them; empty for a first lease.</summary>
    public static string WhyAgain(OfferView offer, LeaseView lease)
    {
        var before = lease.Lease.Attempt == 0 ? null : offer.Leases.TakeWhile(other => other.Key != lease.Key).LastOrDefault(other =>
            other.Lease.First < lease.Lease.End && lease.Lease.First < other.Lease.End && LeaseLifecycle.IsFinal(other.State) && other.State != LeaseState.Settled);
        return before?.State switch
        {
            null => "",
            LeaseState.Expired when before.AppearBy is not null => $" because {before.Lease.Device} did not appear when it was summoned",
            LeaseState.Expired => $" because {before.Lease.Device} did not deliver in time",
            LeaseState.Declined => $" because {before.Lease.Device} handed them back: {Reason(before.DeclineReason)}",
            _ => $" because {before.Lease.Device} could not stand by its result: proven wrong, not shown on demand, or slashed",
        };
    }

    /// <summary>The tasklets of a lease.</summary>
    public static string Range(Lease lease) => Range(lease.First, lease.Count);

    /// <summary>Tasklets in a row.</summary>
    public static string Range(uint first, uint count) => count == 1 ? $"tasklet {first}" : $"tasklets {first}-{first + count - 1}";

    /// <summary>Why a device handed a lease back, as the contract counts reasons.</summary>
    public static string Reason(byte reason) => reason switch
    {
        1 => "inputs unavailable",
        2 => "bad module",
        3 => "too much memory",
        4 => "shutting down",
        5 => "it could not finish them",
        6 => "it would have been too late",
        _ => "no reason given",
    };
}
