using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Client.Staging;

/// <summary>Where a job of several stages stands.</summary>
/// <param name="Record">The job.</param>
/// <param name="Entry">What the chain says of it; null while it says nothing.</param>
/// <param name="State">The market.</param>
/// <param name="Now">Time of the newest block.</param>
/// <param name="History">All that happened to it.</param>
public sealed record StagedProgress(StagedRecord Record, JobEntry? Entry, MarketState State, UnixTime Now, StagedHistory History)
{
    /// <summary>The stages in their order.</summary>
    public ImmutableArray<StageProgress> Stages => Entry is null
        ? []
        : [.. Entry.Stages.Select((stage, i) => new StageProgress(Record.Stages[i], stage, OfferOf(stage), stage.Offer is { } id ? [.. State.LeasesOf(id)] : []))];

    /// <summary>Whether nothing more will change: the job has ended, none of its offers is open, and all that is left was collected.</summary>
    public bool IsOver => Entry is { IsActive: false, Owed: false }
        && State.JobOffers.Where(pair => pair.Value == Entry.Id).All(pair => State.Offers.TryGetValue(pair.Key, out var offer) && offer.State == OfferState.Closed);

    /// <summary>Blocks on top of the one that last changed the job; a reorganisation of more than that could take it back.</summary>
    public ulong Confirmations => State.Head is { } head ? head.Number - History.LastBlock : 0;

    /// <summary>Whether every stage delivered.</summary>
    public bool IsComplete => Entry?.State == JobStateCode.Finished;

    /// <summary>What devices were paid, all attempts of all stages.</summary>
    public Amount Paid => Entry is null
        ? Amount.Zero
        : State.JobOffers.Where(pair => pair.Value == Entry.Id).Aggregate(Amount.Zero, (sum, pair) => sum + (State.Offers.TryGetValue(pair.Key, out var offer) ? offer.Paid : Amount.Zero));

    /// <summary>What keepers were paid.</summary>
    public Amount Tipped => new(Entry?.Tipped ?? 0);

    /// <summary>Whether a stage has used up its attempts while nothing else can still come of the job.</summary>
    public bool IsHopeless => Entry is { IsActive: true }
        && Entry.Stages.Any(stage => stage.State is StageStateCode.Failed or StageStateCode.Stale && stage.Attempts >= stage.Spec.Attempts)
        && Entry.Stages.All(stage => stage.State is not (StageStateCode.Open or StageStateCode.Committed));

    private OfferEntry? OfferOf(StageEntry stage) => stage.Offer is { } id ? State.Offers.GetValueOrDefault(id) : null;
}

/// <summary>Where one stage stands.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Stage">What the manager keeps of it.</param>
/// <param name="Offer">Its newest offer; null before the first.</param>
/// <param name="Leases">That offer's leases, oldest first.</param>
public sealed record StageProgress(string Name, StageEntry Stage, OfferEntry? Offer, ImmutableArray<LeaseEntry> Leases)
{
    /// <summary>Tasklets with a bound result.</summary>
    public uint Done => (uint)Leases.Where(l => l.State is LeaseState.Committed or LeaseState.Disputed or LeaseState.Settled).Sum(l => (long)l.Lease.Count);

    /// <summary>Tasklets, as far as they are known.</summary>
    public uint? Total => Offer?.Terms.Total;
}
