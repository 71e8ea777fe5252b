using System.Collections.Immutable;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Progress;

namespace Market.Client.Following;

/// <summary>Where a job stands after a block, and what changed since the last time.</summary>
/// <param name="Job">The job.</param>
/// <param name="View">The offer and its leases.</param>
/// <param name="Now">Time of the newest block.</param>
/// <param name="Changed">Leases that are new or in another state, oldest first.</param>
public sealed record JobProgress(JobRecord Job, OfferView View, UnixTime Now, ImmutableArray<LeaseView> Changed)
{
    /// <summary>Blocks on top of the one that last changed the offer; a reorganisation of more than that could take it back.</summary>
    public ulong Confirmations { get; init; }

    /// <summary>Second copies of ranges that slow devices had or have, oldest first.</summary>
    public ImmutableArray<JobProgress> Copies { get; init; } = [];

    /// <summary>Whether nothing more will change.</summary>
    public bool IsOver => View.IsOver(Now);

    /// <summary>Whether every tasklet has a final result, of this offer or of a copy.</summary>
    public bool IsComplete => View.IsComplete || Holds(lease => lease.State == LeaseState.Settled).Count == View.Terms.Total;

    /// <summary>Whether every tasklet has a result that is bound, of this offer or of a copy.</summary>
    public bool IsBound => Holds(lease => lease.HasResults).Count == View.Terms.Total;

    /// <summary>Tasklets in leases that are as <paramref name="wanted"/> says, of this offer or of a copy.</summary>
    internal HashSet<uint> Holds(Func<LeaseView, bool> wanted)
    {
        var held = new HashSet<uint>(View.Leases.Where(wanted).SelectMany(Range));
        foreach (var copy in Copies) held.UnionWith(copy.View.Leases.Where(wanted).SelectMany(Range).Select(i => copy.Job.Retry!.Tasklets[(int)i]));
        return held;
    }

    private static IEnumerable<uint> Range(LeaseView lease) => Enumerable.Range((int)lease.Lease.First, (int)lease.Lease.Count).Select(i => (uint)i);
}
