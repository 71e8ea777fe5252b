using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Generated.JobManager;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Ethereum;

namespace Market.Chain.Jobs;

/// <summary>
/// Finds what moves jobs of several stages on. Everything follows from events, so any node or client can bring any job to
/// its end. A pure function of the market's state and block time.
/// </summary>
public static class JobKeeping
{
    private static readonly FanOutProofTuple NoFanOut = new(HexBytes.Wrap([]), HexBytes.Wrap([]), []);

    /// <summary>The calls that are due for a job at block time <paramref name="now"/>.</summary>
    /// <param name="state">The market.</param>
    /// <param name="job">The job.</param>
    /// <param name="graceSeconds">From a lease's due time to its expiry.</param>
    /// <param name="now">Time of the newest block.</param>
    /// <param name="fanOut">Heads of outputs that fan out, by stage, as far as they are known.</param>
    public static IEnumerable<JobStep> Due(
        MarketState state, JobEntry job, uint graceSeconds, UnixTime now, IReadOnlyDictionary<int, FanOutProofTuple>? fanOut = null)
    {
        foreach (var (stage, index) in job.Stages.Select((stage, i) => (stage, (byte)i)))
        {
            if (stage.Offer is not { } id)
            {
                if (MayOpen(job, stage, now)) yield return Open(job, stage, fanOut);
                continue;
            }

            if (!state.Offers.TryGetValue(id, out var offer)) continue;
            var terms = TermsOf(offer.Terms);
            var spoiled = stage.IsCurrent && job.WaitsFor(stage.Spec).Any(i => job.Stages[i].FellAt > stage.OpenedAt);
            var bound = spoiled ? null : Bound(state, offer);
            if (spoiled) yield return JobStep.Of("stale", job.Id, index, new MarkStaleFunction(job.Job, stage.Spec, StageTree.ProofOf(job.Specs, index), terms));
            else if (stage.State is StageStateCode.Open or StageStateCode.Failed && bound is { } whole) yield return Record(job, index, terms, whole);
            else if (stage.State == StageStateCode.Committed && Fallen(state, stage) is { } which) yield return JobStep.Of("fallen", job.Id, index, new UnrecordStageFunction(job.Job, index, stage.Results!, which));
            else if (stage.State == StageStateCode.Committed && bound is { IsFinal: true } paid) yield return Record(job, index, terms, paid);
            else if (stage.State == StageStateCode.Open && now.Seconds > offer.Terms.Deadline.Seconds + offer.Terms.LeaseSeconds + graceSeconds) yield return JobStep.Of("failed", job.Id, index, new FailStageFunction(job.Job, index, terms));
            else if (stage.State is StageStateCode.Stale or StageStateCode.Failed && MayOpen(job, stage, now)) yield return Open(job, stage, fanOut);

            var idle = !job.IsActive || !stage.IsCurrent;
            if (idle && offer is { State: OfferState.Open, Unleased: > 0 }) yield return JobStep.Of("retire", job.Id, index, new RetireOfferFunction(job.Job, index, terms));
        }

        // After its deadline a job still waits for what runs: those stages become final, or fail, by themselves.
        var idleNow = job.Stages.All(stage => stage.State is not (StageStateCode.Open or StageStateCode.Committed));
        if (job.IsActive && idleNow && (job.Stages.All(stage => stage.State == StageStateCode.Final) || now.Seconds > job.Job.Deadline)) yield return JobStep.Of("end", job.Id, null, new EndJobFunction(job.Job));
        if (job.Owed) yield return JobStep.Of("collect", job.Id, null, new CollectFunction(job.Job));
    }

    /// <summary>Terms as the manager takes them.</summary>
    public static TermsTuple TermsOf(Terms terms) => new(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash());

    private static bool MayOpen(JobEntry job, StageEntry stage, UnixTime now) =>
        job.IsActive && now.Seconds < job.Job.Deadline && stage.Attempts < stage.Spec.Attempts
        && job.WaitsFor(stage.Spec).All(i => stage.Spec.StartFinal ? job.Stages[i].State == StageStateCode.Final : job.Stages[i].IsBound);

    private static JobStep Open(JobEntry job, StageEntry stage, IReadOnlyDictionary<int, FanOutProofTuple>? fanOut) => JobStep.Of(
        "open",
        job.Id,
        stage.Spec.Index,
        new OpenStageFunction(
            job.Job,
            stage.Spec,
            StageTree.ProofOf(job.Specs, stage.Spec.Index),
            [.. stage.Spec.Input.Stages.Select(i => job.Stages[i].Results!)],
            fanOut?.GetValueOrDefault(stage.Spec.Index) ?? NoFanOut));

    private static JobStep Record(JobEntry job, byte stage, TermsTuple terms, Whole whole) =>
        JobStep.Of(whole.IsFinal ? "final" : "record", job.Id, stage, new RecordStageFunction(job.Job, stage, terms, whole.Results));

    /// <summary>The leases that cover the offer with bound results; null if some of it has none.</summary>
    private static Whole? Bound(MarketState state, OfferEntry offer)
    {
        var leases = state.LeasesOf(offer.Id).Where(l => l.State is LeaseState.Committed or LeaseState.Disputed or LeaseState.Settled).OrderBy(l => l.Lease.First).ToList();
        if (leases.Sum(l => (long)l.Lease.Count) != offer.Terms.Total) return null;
        var results = new ResultsTuple([.. leases.Select(l => l.Lease.ToWord())], [.. leases.Select(l => l.ResultRoot!.Value)]);
        return new Whole(results, leases.TrueForAll(l => l.State == LeaseState.Settled));
    }

    private static BigInteger? Fallen(MarketState state, StageEntry stage)
    {
        for (var i = 0; i < stage.Results!.Leases.Length; i++)
        {
            var key = Lease.FromWord(stage.Offer!.Value, stage.Results.Leases[i]).Key();
            if (state.Leases.TryGetValue(key, out var lease) && LeaseLifecycle.IsFinal(lease.State) && lease.State != LeaseState.Settled) return i;
        }

        return null;
    }

    private sealed record Whole(ResultsTuple Results, bool IsFinal);
}
