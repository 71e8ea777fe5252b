using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Planning;

/// <summary>Says why no device matches and which single change of the job would admit the most.</summary>
internal static class Advice
{
    public static NoPlan NoDevice(PlanRequest request, MarketSnapshot snapshot, Draft draft, Tick ceiling)
    {
        var eligibility = draft.EligibilityAt(ceiling);
        var judged = snapshot.Bids.Select(bid => (Bid: bid, Reasons: eligibility.ReasonsAgainst(bid, draft.LongestLease).ToArray())).ToArray();
        var excluded = judged.Where(j => j.Reasons.Length > 0).CountBy(j => j.Reasons[0]).ToImmutableSortedDictionary();

        return new NoPlan(Refusal.NoDevice, snapshot.Bids.Length, excluded, Changes(judged, request, draft));
    }

    /// <summary>What would admit more devices than a plan at <paramref name="reserve"/> has; a higher reserve that the budget holds is the planner's own choice.</summary>
    public static ImmutableArray<Change> ToAdmitMore(PlanRequest request, MarketSnapshot snapshot, Draft draft, Tick reserve)
    {
        var eligibility = draft.EligibilityAt(reserve);
        var judged = snapshot.Bids.Select(bid => (Bid: bid, Reasons: eligibility.ReasonsAgainst(bid, draft.LongestLease).ToArray()));
        return [.. Changes(judged, request, draft).Where(change => change is not RaiseBudget raise || raise.To > request.Budget)];
    }

    /// <summary>A change helps the bids that nothing else excludes.</summary>
    private static ImmutableArray<Change> Changes(IEnumerable<(StandingBid Bid, Exclusion[] Reasons)> judged, PlanRequest request, Draft draft) =>
    [
        .. judged.Where(j => j.Reasons.Length == 1).GroupBy(j => j.Reasons[0], j => j.Bid)
            .Select(group => ChangeFor(group.Key, [.. group], request, draft))
            .OfType<Change>()
            .OrderByDescending(change => change.Admits),
    ];

    private static Change? ChangeFor(Exclusion reason, StandingBid[] bids, PlanRequest request, Draft draft)
    {
        switch (reason)
        {
            case Exclusion.TooExpensive:
                var cheapest = bids.Min(bid => bid.Tick);
                return new RaiseBudget(draft.EscrowAt(cheapest), bids.Count(bid => bid.Tick == cheapest));
            case Exclusion.TooLittleMemory:
                var memory = bids.Max(bid => bid.MemoryMiB);
                return new LowerMemory(new ByteSize((long)memory << 20), bids.Count(bid => bid.MemoryMiB == memory));
            case Exclusion.TooSlow:
                return Slower(bids, request, draft);
            case Exclusion.Attestation:
                var level = bids.Max(bid => bid.ClassKey.Level);
                return new LowerAttestation(level, bids.Count(bid => bid.ClassKey.Level == level));
            case Exclusion.Verdict when request.Stage.Sla.Verification == Verdict.Trusted:
                return new OtherVerification(Verdict.Optimistic, bids.Count(bid => bid.Takes(Verdict.Optimistic)));
            case Exclusion.Full:
                return new WaitForLanes(bids.Length);
            default:
                return null;
        }
    }

    private static Change? Slower(StandingBid[] bids, PlanRequest request, Draft draft)
    {
        var fastest = bids.Max(bid => bid.Score);
        if (fastest == 0) return null;
        var count = bids.Count(bid => bid.Score == fastest);

        // One tasklet at the fuel limit on the fastest of them: alone, and within four fifths of half a deadline.
        var run = TimeSpan.FromSeconds((draft.Mfuel + fastest - 1U) / fastest);
        if (run > request.Stage.Limits.Time) return new RaiseTime(run, count);
        return new RaiseDeadline(TimeSpan.FromSeconds(Math.Ceiling(run.TotalSeconds * 2.5) + 1), count);
    }
}
