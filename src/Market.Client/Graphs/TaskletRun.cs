using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Progress;

namespace Market.Client.Graphs;

/// <summary>Tasklets in a row that stand alike.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">How many.</param>
/// <param name="State">Where they stand.</param>
/// <param name="Device">Who has them; null if nobody does.</param>
/// <param name="Attempt">How often they were leased before.</param>
public sealed record TaskletRun(uint First, uint Count, TaskletState State, DeviceId? Device, ushort Attempt)
{
    /// <summary>The last one's successor.</summary>
    public ulong End => (ulong)First + Count;

    /// <summary>All tasklets of an offer, in order.</summary>
    public static ImmutableArray<TaskletRun> Of(OfferView offer)
    {
        var runs = ImmutableArray.CreateBuilder<TaskletRun>();
        var next = 0UL;
        foreach (var lease in offer.Leases.Where(lease => StateOf(lease.State) is not null).OrderBy(lease => lease.Lease.First))
        {
            if (lease.Lease.First > next) runs.Add(Waiting(next, lease.Lease.First));
            runs.Add(new TaskletRun(lease.Lease.First, lease.Lease.Count, StateOf(lease.State)!.Value, lease.Lease.Device, lease.Lease.Attempt));
            next = lease.Lease.End;
        }

        if (next < offer.Terms.Total) runs.Add(Waiting(next, offer.Terms.Total));
        return runs.ToImmutable();
    }

    /// <summary>Tasklets that nobody has yet.</summary>
    public static TaskletRun Waiting(ulong first, ulong end) => new((uint)first, (uint)(end - first), TaskletState.Waiting, null, 0);

    private static TaskletState? StateOf(LeaseState state) => state switch
    {
        LeaseState.Leased => TaskletState.Running,
        LeaseState.Committed or LeaseState.Disputed => TaskletState.Committed,
        LeaseState.Settled => TaskletState.Settled,
        _ => null,
    };
}
