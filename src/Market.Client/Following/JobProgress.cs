using System.Collections.Immutable;
using Market.Client.Jobs;
using Market.Domain.Identity;
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

    /// <summary>Whether nothing more will change.</summary>
    public bool IsOver => View.IsOver(Now);
}
