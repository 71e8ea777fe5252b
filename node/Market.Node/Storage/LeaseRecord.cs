using Market.Domain.Leases;
using Market.Hashing;

namespace Market.Node.Storage;

/// <summary>How far this node is with a lease of its own. Kept in the journal; the chain has the last word.</summary>
internal enum LeaseStage
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>Taken up; module and inputs are being gathered.</summary>
    Fetching = 1,

    /// <summary>Tasklets run.</summary>
    Running = 2,

    /// <summary>All tasklets ran; the result root stands and is never replaced by another.</summary>
    Committing = 3,

    /// <summary>The chain has the root.</summary>
    Committed = 4,

    /// <summary>Paid.</summary>
    Settled = 5,

    /// <summary>This node decided to hand it back.</summary>
    Declining = 6,

    /// <summary>Over without pay: declined, expired or voided.</summary>
    Lost = 7,
}

/// <summary>One lease of this device as the journal has it.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Root">Root of the result list from <see cref="LeaseStage.Committing"/> on.</param>
/// <param name="Reason">Why it was given up or lost, for people.</param>
/// <param name="DeclineReason">The contract's reason code, from <see cref="LeaseStage.Declining"/> on.</param>
internal sealed record LeaseRecord(Lease Lease, LeaseStage Stage, Hash256? Root = null, string? Reason = null, byte DeclineReason = 0)
{
    /// <summary>The lease's key.</summary>
    public LeaseKey Key { get; } = Lease.Key();

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsOver => Stage is LeaseStage.Settled or LeaseStage.Lost;
}
