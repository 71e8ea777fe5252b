using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>A job of several stages, as its events tell.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Account">The consumer of its offers.</param>
/// <param name="Job">What was posted.</param>
/// <param name="Stages">Each stage, in the job's order.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Returned">Base units that went to the owner so far.</param>
/// <param name="Tipped">Base units that went to keepers so far.</param>
/// <param name="Owed">Whether something came to the account after the job's end, for anyone to collect.</param>
public sealed record JobEntry(
    Hash256 Id, Address Account, JobTuple Job, ImmutableArray<StageEntry> Stages, JobStateCode State, UInt128 Returned, UInt128 Tipped, bool Owed)
{
    /// <summary>Whether stages still open.</summary>
    public bool IsActive => State == JobStateCode.Active;

    /// <summary>The stages as they were posted.</summary>
    public ImmutableArray<StageSpecTuple> Specs => [.. Stages.Select(stage => stage.Spec)];

    /// <summary>Positions that <paramref name="stage"/> waits for.</summary>
    public IEnumerable<int> WaitsFor(StageSpecTuple stage) =>
        Enumerable.Range(0, Stages.Length).Where(i => !((stage.WaitsFor >> i) & 1).IsZero || stage.Input.Stages.Contains((byte)i));

    internal JobEntry With(byte stage, Func<StageEntry, StageEntry> change) => this with { Stages = Stages.SetItem(stage, change(Stages[stage])) };
}

/// <summary>One stage of a job.</summary>
/// <param name="Spec">As posted.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempts">Times opened.</param>
/// <param name="Offer">Its newest offer; null before the first.</param>
/// <param name="Results">What was recorded of it; null unless it is committed or final.</param>
/// <param name="OpenedAt">The job's epoch at its opening.</param>
/// <param name="FellAt">The job's epoch when a result of it last fell.</param>
public sealed record StageEntry(
    StageSpecTuple Spec, StageStateCode State, byte Attempts, OfferId? Offer, ResultsTuple? Results, ushort OpenedAt, ushort FellAt)
{
    /// <summary>Whether its newest offer is the one that counts.</summary>
    public bool IsCurrent => State is StageStateCode.Open or StageStateCode.Committed or StageStateCode.Final;

    /// <summary>Whether its results are bound.</summary>
    public bool IsBound => State is StageStateCode.Committed or StageStateCode.Final;
}
