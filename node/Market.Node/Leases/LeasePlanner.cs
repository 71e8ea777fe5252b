using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Node.Storage;

namespace Market.Node.Leases;

/// <summary>What to do next about a lease of this device.</summary>
internal abstract record LeaseAct
{
    private LeaseAct()
    {
    }

    /// <summary>Nothing now.</summary>
    public sealed record Wait : LeaseAct;

    /// <summary>Gather inputs and run, from where the journal says it stopped.</summary>
    public sealed record Work : LeaseAct;

    /// <summary>Send the root.</summary>
    public sealed record Commit(Hash256 Root) : LeaseAct;

    /// <summary>Hand the lease back.</summary>
    public sealed record Decline(byte Reason) : LeaseAct;

    /// <summary>Show on the chain what is demanded.</summary>
    public sealed record Answer : LeaseAct;

    /// <summary>Collect the pay of a final result.</summary>
    public sealed record Settle : LeaseAct;

    /// <summary>Only note in the journal what the chain says.</summary>
    public sealed record Note(LeaseStage Stage, string? Reason = null) : LeaseAct;
}

/// <summary>
/// Compares a lease on the chain with the journal and names the one next step; keeps no memory of its own. What the chain
/// says always wins: a commitment that the chain has is never sent again, one that it lost in a reorg is.
/// </summary>
internal static class LeasePlanner
{
    // The contract keeps the first 200 bits of a root.
    private const int KeptRootBytes = 25;

    /// <summary>The next step at block time <paramref name="now"/>.</summary>
    /// <param name="record">What the journal knows; null for a lease that is new to it.</param>
    /// <param name="status">The lease as stored on the chain.</param>
    /// <param name="ended">How the lease ended according to events; null while it has not. Stored states of ended leases may read as None.</param>
    /// <param name="banned">Whether this device was slashed: nothing of it is ever paid again, and others void what it has.</param>
    /// <param name="graceSeconds">From due to expiry.</param>
    /// <param name="now">Time of the newest block.</param>
    public static LeaseAct Next(LeaseRecord? record, LeaseStatusTuple status, LeaseState? ended, bool banned, uint graceSeconds, UnixTime now)
    {
        var state = (LeaseState)(byte)status.State;
        if (state == LeaseState.None && ended is { } end) state = end;

        return state switch
        {
            LeaseState.Leased or LeaseState.Committed when banned => new LeaseAct.Wait(),
            LeaseState.Leased => Leased(record, new UnixTime(status.Time), graceSeconds, now),
            LeaseState.Committed => Committed(record, status, now),
            LeaseState.Settled => Noted(record, LeaseStage.Settled, null),
            LeaseState.Expired => Noted(record, LeaseStage.Lost, "expired: no result in time"),
            LeaseState.Declined => Noted(record, LeaseStage.Lost, record?.Reason ?? "declined"),
            LeaseState.Voided => Noted(record, LeaseStage.Lost, "voided"),
            // Disputed; or the match fell out of the chain, or the event of the end has not come by yet.
            _ => new LeaseAct.Wait(),
        };
    }

    /// <summary>Whether the chain keeps <paramref name="root"/>, of which it stores 200 bits.</summary>
    public static bool SameRoot(Hash256 stored, Hash256 root) =>
        stored.ToArray().AsSpan(0, KeptRootBytes).SequenceEqual(root.ToArray().AsSpan(0, KeptRootBytes));

    private static LeaseAct Leased(LeaseRecord? record, UnixTime due, uint graceSeconds, UnixTime now)
    {
        // The next block is later than this one: at the last second a transaction would come too late.
        if (now.Seconds >= due.Seconds + graceSeconds) return Noted(record, LeaseStage.Lost, "out of time");
        return record switch
        {
            // Handed back before; but the block that said so fell out of the chain.
            { Stage: LeaseStage.Declining or LeaseStage.Lost, DeclineReason: not 0 } => new LeaseAct.Decline(record.DeclineReason),
            // The same for what was committed, or even settled. Also for what was given up as lost: block time goes back in a
            // reorganisation, and the last block seen may be of the branch that fell out, so there may be time after all.
            { Stage: LeaseStage.Committing or LeaseStage.Committed or LeaseStage.Settled or LeaseStage.Lost, Root: { } root } => new LeaseAct.Commit(root),
            _ => new LeaseAct.Work(),
        };
    }

    // A settlement changes nothing for anyone else, so this device may send it in the first second it can.
    private static LeaseAct Committed(LeaseRecord? record, LeaseStatusTuple status, UnixTime now)
    {
        if (status.Demanded) return new LeaseAct.Answer();
        return now.Seconds > status.Time ? new LeaseAct.Settle() : Noted(record, LeaseStage.Committed, null);
    }

    private static LeaseAct Noted(LeaseRecord? record, LeaseStage stage, string? reason) =>
        record is null || record.Stage == stage ? new LeaseAct.Wait() : new LeaseAct.Note(stage, reason);
}
