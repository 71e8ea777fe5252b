using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Jobs;
using Market.Domain.Matching;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Domain.Planning.Graphs;

/// <summary>
/// Cuts a job of stages into offers with service levels of their own: each gets a part of the deadline by what it takes on
/// the lanes there are, and a part of the budget by what it costs. Tasklets are ranges everywhere, so a million are planned
/// as fast as a hundred.
/// </summary>
public static class GraphPlanner
{
    // Another deadline or budget admits other devices, so what would do is found by trying.
    private const int MostTrials = 8;

    // A lease shorter than so many times its overhead is mostly overhead.
    private const int LeastRun = 10;

    /// <summary>Plans, or says why not and what would do.</summary>
    public static GraphOutcome Plan(GraphRequest request, MarketSnapshot snapshot, GraphOptions options)
    {
        var outcome = Try(request, snapshot, options);
        if (outcome is NoGraphPlan { Reason: GraphRefusal.BudgetTooSmall, Budget: { } budget } small) return small with { Budget = Enough(request, budget, snapshot, options) };
        if (outcome is not NoGraphPlan { Reason: GraphRefusal.DeadlineTooShort, Stage: null, Deadline: { } least } none) return outcome;
        for (var trial = 0; trial < MostTrials; trial++)
        {
            if (Try(Within(request, least), snapshot, options) is not NoGraphPlan { Reason: GraphRefusal.DeadlineTooShort, Stage: null, Deadline: { } more }) break;
            least = more > least ? more : least * 5 / 4;
        }

        return none with { Deadline = least };
    }

    private static Amount Enough(GraphRequest request, Amount budget, MarketSnapshot snapshot, GraphOptions options)
    {
        for (var trial = 0; trial < MostTrials; trial++)
        {
            if (Try(request with { Budget = budget }, snapshot, options) is not NoGraphPlan { Reason: GraphRefusal.BudgetTooSmall, Budget: { } more }) break;
            budget = more > budget ? more : new Amount(budget.BaseUnits * 5 / 4);
        }

        return budget;
    }

    private static GraphRequest Within(GraphRequest request, TimeSpan deadline) => request with
    {
        Job = request.Job with
        {
            Sla = request.Job.Sla with { Deadline = deadline },
            Stages = [.. request.Job.Stages.Select(stage => stage.OwnDeadline ? stage : stage with { Sla = stage.Sla with { Deadline = deadline } })],
        },
    };

    private static GraphOutcome Try(GraphRequest request, MarketSnapshot snapshot, GraphOptions options)
    {
        var graph = StageGraph.Of(request.Job);
        var trials = ImmutableArray.CreateBuilder<JobPlan>();
        for (var i = 0; i < request.Job.Stages.Length; i++)
        {
            switch (Offer(request, i, request.Job.Stages[i].Sla.Deadline, request.OwnBudgets[i] ?? request.Budget, snapshot, options, rounds: 1))
            {
                case JobPlan plan:
                    trials.Add(plan);
                    break;
                case NoPlan none:
                    return new NoGraphPlan(GraphRefusal.Stage, request.Job.Stages[i].Id, none, null, null);
            }
        }

        return Split(request, graph, trials.ToImmutable(), snapshot, options);
    }

    private static GraphOutcome Split(GraphRequest request, StageGraph graph, ImmutableArray<JobPlan> trials, MarketSnapshot snapshot, GraphOptions options)
    {
        var job = request.Job;
        ImmutableArray<Amount> least = [.. trials.Select(trial => (trial.Terms with { MaxTick = trial.Shares[0].Tick }).Escrow(snapshot.Rules.FeeBps))];
        if (BudgetSplit.Sum(least) > request.Budget.BaseUnits) return new NoGraphPlan(GraphRefusal.BudgetTooSmall, null, null, null, new Amount(BudgetSplit.Sum(least)));
        var (budgets, kept) = BudgetSplit.Of(
            request.Budget, least, [.. trials.Zip(least, (trial, floor) => Amount.Max(trial.Escrow, floor))], request.OwnBudgets, job.OnFailure.Retries == 0 ? 0 : options.RetryShare);

        var plans = new JobPlan[trials.Length];
        for (var i = 0; i < plans.Length; i++)
        {
            if (Offer(request, i, job.Stages[i].Sla.Deadline, budgets[i], snapshot, options, rounds: 1) is not JobPlan plan)
            {
                // What the least reserve admits was there a moment ago: only rounding is left to blame.
                plan = trials[i] with { Terms = trials[i].Terms with { MaxTick = trials[i].Shares[0].Tick }, Escrow = least[i] };
            }

            plans[i] = plan;
        }

        var eligible = plans.Select((plan, i) => Eligible(request, i, plan, snapshot, options)).ToImmutableArray();
        var waits = Waits(job, graph, plans);
        Timeline Lay(Func<StageEstimate, (uint Count, Fuel Fuel)> take, Func<int, TimeSpan> extra) => Timeline.Of(
            snapshot.Bids,
            [.. plans.Select((_, i) => new TimedStage(eligible[i].Select(bid => bid.Device).ToHashSet(), take(request.Stages[i]).Count, take(request.Stages[i]).Fuel, extra(i)))],
            waits, graph.Order);

        var likely = Lay(e => (e.Likely, e.Fuel.Likely), _ => options.StageOverhead);
        ImmutableArray<long> seconds = [.. plans.Select((plan, i) => Seconds(plan, eligible[i], likely.End[i] - likely.Start[i]))];
        ImmutableArray<long?> caps = [.. job.Stages.Select(stage => stage.OwnDeadline ? (long?)stage.Sla.Deadline.TotalSeconds : null)];
        for (var i = 0; i < plans.Length; i++)
        {
            if (caps[i] < seconds[i]) return new NoGraphPlan(GraphRefusal.DeadlineTooShort, job.Stages[i].Id, null, TimeSpan.FromSeconds(seconds[i]), null);
        }

        ImmutableArray<ImmutableArray<(int, long)>> secondWaits = [.. waits.Select(w => w.Select(p => (p.Stage, (long)Math.Ceiling(p.Wait.TotalSeconds))).ToImmutableArray())];
        if (DeadlineSplit.Of((long)job.Sla.Deadline.TotalSeconds, seconds, caps, secondWaits, graph.Order) is not { } slots)
        {
            return new NoGraphPlan(GraphRefusal.DeadlineTooShort, null, null, TimeSpan.FromSeconds(DeadlineSplit.Least(seconds, secondWaits, graph.Order)), null);
        }

        // Leases get shorter with the deadline, and where a stage is long enough for several: the last planning changes nothing else.
        for (var i = 0; i < plans.Length; i++)
        {
            var rounds = Rounds(likely.End[i] - likely.Start[i] - options.StageOverhead, options);
            if (Offer(request, i, TimeSpan.FromSeconds(slots[i].Deadline), budgets[i], snapshot, options, rounds) is JobPlan plan) plans[i] = plan;
        }

        var low = Lay(e => (e.Likely, e.Fuel.Low), _ => options.StageOverhead);

        // At worst every stage loses one lease, which is noticed when it is due.
        var high = Lay(e => (e.Most, e.Fuel.High), i => options.StageOverhead + (job.OnFailure.Retries == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(plans[i].Terms.LeaseSeconds + snapshot.Rules.GraceSeconds)));
        var costs = plans.Select((plan, i) => Cost(plan, request.Stages[i], eligible[i], snapshot.Rules, new Eligibility(Request(request, i, job.Stages[i].Sla.Deadline, budgets[i]), snapshot, options.Offers, plan.Terms.Mfuel, plan.Terms.MinScore, plan.Terms.MaxTick))).ToArray();
        return new GraphPlan(
            [.. plans.Select((plan, i) => new StagePlan(
                job.Stages[i].Id, Slo(job, plan, slots[i], budgets[i], snapshot.Rules, options), plan, likely.Start[i], likely.End[i], likely.Layout[i], costs[i]))],
            kept,
            new CostRange(Sum(costs.Select(c => c.Low)), Sum(costs.Select(c => c.Likely)), Sum(costs.Select(c => c.High))),
            // Less work can end later where stages share lanes (Graham 1969), which is no information for anybody.
            new TimeRange(Least(low.Finish, likely.Finish), likely.Finish, Least(high.Finish, likely.Finish) == likely.Finish ? high.Finish : likely.Finish),
            [.. likely.CriticalPath(waits).Select(i => job.Stages[i].Id)]);
    }

    private static PlanRequest Request(GraphRequest request, int stage, TimeSpan deadline, Amount budget)
    {
        var spec = request.Job.Stages[stage];
        var fuel = request.Stages[stage].Fuel;

        // A limit that the likely run keeps is the user's word on what may be more.
        var measured = spec.Limits.Fuel is { } limit && limit.Units >= fuel.Likely.Units ? Math.Min(limit.Units, fuel.High.Units) : fuel.High.Units;
        return new PlanRequest
        {
            Stage = spec with { Sla = spec.Sla with { Deadline = deadline } },
            Total = request.Stages[stage].Most,
            Measured = new Fuel(measured),
            Budget = budget,
            Consumer = request.Consumer,
            Nonce = 0,
            Work = Hash256.Zero,
        };
    }

    private static PlanOutcome Offer(GraphRequest request, int stage, TimeSpan deadline, Amount budget, MarketSnapshot snapshot, GraphOptions options, uint rounds) =>
        Planner.Plan(Request(request, stage, deadline, budget), snapshot, options.Offers with { Rounds = rounds });

    /// <summary>Leases for each lane: as many as the options say, if each still runs ten times as long as what goes before it.</summary>
    private static uint Rounds(TimeSpan expected, GraphOptions options) =>
        (uint)Math.Clamp(expected / (LeastRun * options.StageOverhead), 1, options.Offers.Rounds);

    private static ImmutableArray<StandingBid> Eligible(GraphRequest request, int stage, JobPlan plan, MarketSnapshot snapshot, GraphOptions options)
    {
        var eligibility = new Eligibility(Request(request, stage, request.Job.Stages[stage].Sla.Deadline, request.Budget), snapshot, options.Offers, plan.Terms.Mfuel, plan.Terms.MinScore, plan.Terms.MaxTick);
        return [.. snapshot.Bids.Where(bid => bid.ClassKey == plan.Terms.ClassKey && eligibility.Judge(bid, plan.Terms.LeaseSeconds) == Exclusion.None).OrderBy(bid => bid.Tick)];
    }

    /// <summary>What a stage needs: its expected time, and enough that a tasklet at the fuel limit fits a lease of half of it on the fastest device.</summary>
    private static long Seconds(JobPlan plan, ImmutableArray<StandingBid> eligible, TimeSpan expected)
    {
        var fastest = Math.Max((ushort)1, eligible.Max(bid => bid.Score));
        var limit = (((ulong)plan.Terms.Mfuel * 5) + (2UL * fastest) - 1) / (2UL * fastest);
        return Math.Max((long)Math.Ceiling(expected.TotalSeconds), (long)limit + 2);
    }

    /// <summary>Whom each stage waits for: the parents' end, and their window where only final results count.</summary>
    private static ImmutableArray<ImmutableArray<(int Stage, TimeSpan Wait)>> Waits(JobSpec job, StageGraph graph, JobPlan[] plans) =>
    [
        .. graph.Parents.Select((parents, i) => parents
            .Select(p => (p, job.Stages[i].Sla.Start == StartOn.Final ? TimeSpan.FromSeconds(plans[p].Terms.WindowSeconds) : TimeSpan.Zero))
            .ToImmutableArray()),
    ];

    private static StageSlo Slo(JobSpec job, JobPlan plan, (long OpensBy, long Deadline) slot, Amount budget, MarketRules rules, GraphOptions options)
    {
        var retries = job.OnFailure.Retries;
        var steps = retries == 0 ? 0 : options.MaxEscalateTicks;
        while (steps > 0 && !Affordable(plan.Terms, steps * retries, budget, rules)) steps--;
        return new StageSlo(TimeSpan.FromSeconds(slot.OpensBy), TimeSpan.FromSeconds(slot.Deadline), budget, plan.Terms.MaxTick, (ushort)steps, retries + 1);
    }

    private static bool Affordable(Terms terms, int steps, Amount budget, MarketRules rules)
    {
        if (terms.MaxTick.Index + steps > Tick.MaxReserveIndex) return false;
        var raised = terms with { MaxTick = terms.MaxTick.Plus(steps) };
        return raised.Escrow(rules.FeeBps) <= budget && (terms.Verdict != Verdict.Optimistic || raised.MaxTick.Price.CostUp(terms.Mfuel, 1) <= rules.MaxLeaseValue);
    }

    private static CostRange Cost(JobPlan plan, StageEstimate estimate, ImmutableArray<StandingBid> eligible, MarketRules rules, Eligibility eligibility)
    {
        var terms = plan.Terms;
        UInt128 room = 0;

        // Winners, and as much again behind them: what they displace sets their price.
        var sellers = eligible
            .Select(bid => new Seller(bid.Device, bid.Tick, (uint)Math.Min(uint.MaxValue, eligibility.Capacity(bid, terms.LeaseSeconds))))
            .Take(2 * rules.MaxFills)
            .TakeWhile(seller =>
            {
                var more = room < 2 * (UInt128)estimate.Likely;
                room += seller.Capacity;
                return more;
            });
        var awards = ReferenceMatcher.Match(sellers, estimate.Likely, terms.MaxTick);
        var placed = (uint)awards.Sum(award => award.Count);
        var pay = awards.Aggregate(UInt128.Zero, (sum, award) => sum + award.UnitPrice.CostUp(terms.Mfuel, award.Count).BaseUnits);
        var likely = placed == 0 ? plan.Escrow.BaseUnits : WithFee((UInt128)((System.Numerics.BigInteger)pay * estimate.Likely / placed), rules);
        var atBids = (UInt128)((System.Numerics.BigInteger)plan.AtBids.BaseUnits * estimate.Likely / (uint)plan.Shares.Sum(share => share.Tasklets));
        var high = plan.Escrow.BaseUnits;
        likely = UInt128.Min(likely, high);

        // Bids are counted for the most tasklets there may be, whose last are dearer than the likely ones.
        return new CostRange(new Amount(UInt128.Min(WithFee(atBids, rules), likely)), new Amount(likely), plan.Escrow);
    }

    private static UInt128 WithFee(UInt128 pay, MarketRules rules) => pay + (((pay * rules.FeeBps) + 9_999) / 10_000);

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static Amount Sum(IEnumerable<Amount> amounts) => new(BudgetSplit.Sum(amounts));
}
