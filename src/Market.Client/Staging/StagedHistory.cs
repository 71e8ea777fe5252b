using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Chain.Generated.JobManager;
using Market.Client.Explaining;
using Market.Client.Following;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Hashing;

namespace Market.Client.Staging;

/// <summary>One thing that happened to a job of several stages, by the chain's word.</summary>
/// <param name="At">Time of its block.</param>
/// <param name="Transaction">The transaction that did it.</param>
/// <param name="Step">Its name for scripts.</param>
/// <param name="Stage">The stage's name; null if it concerns the job.</param>
/// <param name="Text">For people.</param>
/// <param name="Lease">The lease that it happened to, if any.</param>
public sealed record StagedEvent(UnixTime At, Hash256 Transaction, string Step, string? Stage, string Text, LeaseView? Lease);

/// <summary>One opening of a stage.</summary>
/// <param name="Offer">Its offer.</param>
/// <param name="OpenedAt">When.</param>
/// <param name="Why">Why it was opened again; empty for the first time.</param>
/// <param name="View">Where that offer stands.</param>
public sealed record StageAttempt(OfferId Offer, UnixTime OpenedAt, string Why, OfferView View);

/// <summary>A job's whole story, oldest first, folded from what the contracts told.</summary>
/// <param name="Events">All of it.</param>
/// <param name="Attempts">For each stage its openings, oldest first.</param>
/// <param name="LastBlock">Number of the block that last changed it; 0 if none did.</param>
public sealed record StagedHistory(ImmutableArray<StagedEvent> Events, ImmutableArray<ImmutableArray<StageAttempt>> Attempts, ulong LastBlock)
{
    /// <summary>When the job was posted; null if it is not on the chain.</summary>
    public UnixTime? PostedAt => Events.IsEmpty ? null : Events[0].At;

    /// <summary>The story of <paramref name="job"/>.</summary>
    /// <param name="job">The job.</param>
    /// <param name="events">All events of the market's contracts, oldest first.</param>
    /// <param name="terms">Terms of an offer that was posted.</param>
    /// <exception cref="InvalidOperationException">Events are missing or out of order.</exception>
    public static StagedHistory Of(StagedRecord job, IEnumerable<ChainEvent> events, Func<OfferId, Terms> terms)
    {
        var fold = new Fold(job, terms);
        foreach (var e in events) fold.Apply(e);
        return new StagedHistory([.. fold.Told], [.. fold.Attempts.Select(attempts => attempts.ToImmutableArray())], fold.LastBlock);
    }

    private sealed class Fold(StagedRecord job, Func<OfferId, Terms> terms)
    {
        private readonly Dictionary<OfferId, byte> _stages = [];
        private readonly string[] _before = [.. job.Stages.Select(_ => "")];

        public List<StagedEvent> Told { get; } = [];

        public ulong LastBlock { get; private set; }

        public List<StageAttempt>[] Attempts { get; } = [.. job.Stages.Select(_ => new List<StageAttempt>())];

        public void Apply(ChainEvent e)
        {
            var before = Told.Count;
            if (MarketLedger.FactOf(e) is { } told) TellOffer(told.Offer, told.Fact);
            else TellJob(e);
            if (Told.Count > before) LastBlock = e.Block.Number;
        }

        private void TellOffer(OfferId offer, OfferFact fact)
        {
            if (!_stages.TryGetValue(offer, out var stage)) return;
            var at = Attempts[stage].FindLastIndex(attempt => attempt.Offer == offer);
            var before = Attempts[stage][at].View;
            var after = before.After(fact);
            Attempts[stage][at] = Attempts[stage][at] with { View = after };
            var lease = after.Leases.FirstOrDefault(l => !before.Leases.Contains(l));
            Told.Add(new StagedEvent(
                fact.At, fact.Transaction, OfferWords.StepOf(fact), job.Stages[stage], $"{job.Stages[stage]}: {OfferWords.Describe(job.Asset, new JobEvent(fact, lease, after))}", lease));
        }

        private void TellJob(ChainEvent e)
        {
            switch (e.Message)
            {
                case JobPostedEvent m when m.JobId == job.Job:
                    Tell(e, "job-posted", null, $"posted: {m.Stages.Length} stages, {job.Asset.Format(new Amount(m.Job.Budget))} in the job's account");
                    break;
                case StageOpenedEvent m when m.JobId == job.Job:
                    var offer = new OfferId(m.OfferId);
                    _stages[offer] = m.Stage;
                    Attempts[m.Stage].Add(new StageAttempt(offer, e.Block.Time, _before[m.Stage], new OfferView { Terms = terms(offer) }));
                    Tell(e, "opened", m.Stage, m.Attempt == 0 ? "opened" : $"opened again (attempt {m.Attempt + 1}) because {_before[m.Stage]}");
                    break;
                case StageRecordedEvent m when m.JobId == job.Job:
                    Tell(e, m.IsFinal ? "final" : "bound", m.Stage, m.IsFinal ? "all results are final" : "all results are bound; what reads them may open");
                    break;
                case StageFellEvent m when m.JobId == job.Job:
                    _before[m.Stage] = "what it read fell";
                    Tell(e, m.Upstream ? "stale" : "fell", m.Stage, m.Upstream ? "stale: what it read fell, so its own results count no more" : "a result fell; the range is leased again");
                    break;
                case StageFailedEvent m when m.JobId == job.Job:
                    _before[m.Stage] = "its offer ended without all results";
                    Tell(e, "failed", m.Stage, "failed: its deadline passed without all results");
                    break;
                case JobEndedEvent m when m.JobId == job.Job:
                    Tell(e, "ended", null, $"the job has ended: {m.State.ToString().ToLowerInvariant()}");
                    break;
                case JobRefundedEvent m when m.JobId == job.Job:
                    Tell(e, "refunded", null, $"{job.Asset.Format(new Amount(m.Amount))} back to the owner");
                    break;
                case JobTippedEvent m when m.JobId == job.Job:
                    Tell(e, "tipped", null, $"{job.Asset.Format(new Amount(m.Amount))} to the keeper {m.Keeper}");
                    break;
                default:
                    break;
            }
        }

        private void Tell(ChainEvent e, string step, byte? stage, string text) =>
            Told.Add(new StagedEvent(e.Block.Time, e.Transaction, step, stage is { } i ? job.Stages[i] : null, stage is { } at ? $"{job.Stages[at]}: {text}" : text, null));
    }
}
