using System.Collections.Immutable;
using CsCheck;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;

namespace Market.Unit.Tests.Domain.Planning;

public sealed class GraphPlannerTests
{
    private static readonly GraphOptions Options = new(new PlannerOptions(MinLeaseSeconds: 5, WindowSeconds: 30, Rounds: 4), TimeSpan.FromSeconds(2));

    [Fact]
    public void Budgets_AndWhatIsKept_AreTheJobs() => Planned((request, market, plan) =>
    {
        Assert.Equal(request.Budget, new Amount(plan.Stages.Aggregate(plan.KeptBudget.BaseUnits, (sum, stage) => sum + stage.Slo.Budget.BaseUnits)));
        Assert.All(plan.Stages, stage =>
        {
            var last = stage.Offer.Terms with { MaxTick = stage.Slo.Reserve.Plus(stage.Slo.EscalateTicks * (stage.Slo.Attempts - 1)) };
            Assert.True(stage.Offer.Escrow <= stage.Slo.Budget);
            Assert.True(last.Escrow(market.Rules.FeeBps) <= stage.Slo.Budget);
            Assert.Equal(stage.Offer.Terms.MaxTick, stage.Slo.Reserve);
        });
    });

    [Fact]
    public void Cost_IsAtLeastTheBids_AndAtMostTheBudget() => Planned((request, _, plan) =>
    {
        Assert.True(plan.Cost.Low <= plan.Cost.Likely);
        Assert.True(plan.Cost.Likely <= plan.Cost.High);
        Assert.True(plan.Cost.High <= request.Budget);
        Assert.True(plan.Finish.Low <= plan.Finish.Likely && plan.Finish.Likely <= plan.Finish.High);
    });

    [Fact]
    public void Cost_OfAFanOutWhoseLastTaskletsAreDearer_StaysInOrder()
    {
        var (request, market) = RandomGraph.Of(-76689049);

        var plan = Assert.IsType<GraphPlan>(GraphPlanner.Plan(request, market, Options));

        Assert.True(plan.Cost.Low <= plan.Cost.Likely && plan.Cost.Likely <= plan.Cost.High);
    }

    [Fact]
    public void Deadlines_OnEveryPath_FitTheJobs() => Planned((request, _, plan) =>
    {
        var graph = StageGraph.Of(request.Job);
        for (var i = 0; i < plan.Stages.Length; i++)
        {
            var slo = plan.Stages[i].Slo;
            Assert.True(slo.OpensBy + slo.Deadline <= request.Job.Sla.Deadline);
            Assert.True(plan.Stages[i].End <= slo.OpensBy + slo.Deadline, $"stage {i} is expected at {plan.Stages[i].End}, after its deadline");
            foreach (var parent in graph.Parents[i])
            {
                var wait = request.Job.Stages[i].Sla.Start == StartOn.Final ? TimeSpan.FromSeconds(plan.Stages[parent].Offer.Terms.WindowSeconds) : TimeSpan.Zero;
                Assert.True(slo.OpensBy >= plan.Stages[parent].Slo.OpensBy + plan.Stages[parent].Slo.Deadline + wait);
                Assert.True(plan.Stages[i].Start >= plan.Stages[parent].End + wait, $"stage {i} starts before {parent} ends");
            }
        }
    });

    [Fact]
    public void Layout_RunsEveryTaskletOnce_AndNoLaneTwiceAtATime() => Planned((request, market, plan) =>
    {
        for (var i = 0; i < plan.Stages.Length; i++)
        {
            var next = 0U;
            foreach (var share in plan.Stages[i].Layout)
            {
                Assert.Equal(next, share.First);
                Assert.True(share.From >= plan.Stages[i].Start && share.Until <= plan.Stages[i].End);
                next += share.Count;
            }

            Assert.Equal(request.Stages[i].Likely, next);
        }

        foreach (var device in plan.Stages.SelectMany(stage => stage.Layout).GroupBy(share => share.Device))
        {
            var lanes = market.Bids.Single(bid => bid.Device == device.Key).FreeLanes;
            Assert.All(device, share => Assert.True(device.Count(other => other.From <= share.From && share.From < other.Until) <= lanes));
        }
    });

    [Fact]
    public void ATooShortDeadline_NamesOneThatDoes() => Refused(
        GraphRefusal.DeadlineTooShort,
        (request, plan) => request with { Job = WithDeadline(request.Job, TimeSpan.FromSeconds(Math.Ceiling(plan.Finish.Likely.TotalSeconds / 2))) },
        (request, market, none) => Assert.IsType<GraphPlan>(GraphPlanner.Plan(request with { Job = WithDeadline(request.Job, none.Deadline!.Value) }, market, Options)));

    [Fact]
    public void ATooSmallBudget_NamesOneThatDoes() => Refused(
        GraphRefusal.BudgetTooSmall,
        (request, plan) => request with { Budget = new Amount(plan.Cost.Likely.BaseUnits / 2) },
        (request, market, none) => Assert.False(GraphPlanner.Plan(request with { Budget = none.Budget!.Value }, market, Options) is NoGraphPlan { Reason: GraphRefusal.BudgetTooSmall }));

    [Theory]
    [InlineData(43611509)] // With the budget it names a stage's offer has other terms, which cost more.
    public void ATooSmallBudget_NamesOneThatDoes_AlsoWhereTermsFollowIt(int seed)
    {
        var (request, market) = RandomGraph.Of(seed);
        var none = Assert.IsType<NoGraphPlan>(GraphPlanner.Plan(request, market, Options));

        var again = GraphPlanner.Plan(request with { Budget = none.Budget!.Value }, market, Options);

        Assert.False(again is NoGraphPlan { Reason: GraphRefusal.BudgetTooSmall });
    }

    [Fact]
    public void TwoStages_ShareDeadlineByTime_AndBudgetByCost()
    {
        var (request, market) = Chain(100, 100);

        var plan = Assert.IsType<GraphPlan>(GraphPlanner.Plan(request, market, Options));

        // 100 tasklets of 1 Gfuel on four lanes of 1000 Mfuel/s take 25 s, and opening 2 s.
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(27)], plan.Stages.Select(stage => stage.Start));
        Assert.Equal(TimeSpan.FromSeconds(54), plan.Finish.Likely);
        Assert.Equal(plan.Stages[0].Slo.Deadline, plan.Stages[1].Slo.Deadline);
        Assert.Equal(plan.Stages[0].Slo.Budget, plan.Stages[1].Slo.Budget);
        Assert.Equal(["s0", "s1"], plan.CriticalPath.Select(id => id.ToString()));
    }

    [Fact]
    public void AStagesOwnCaps_Hold()
    {
        var (request, market) = Chain(100, 100);
        var stage = request.Job.Stages[1];
        var capped = request with
        {
            Job = request.Job with { Stages = request.Job.Stages.SetItem(1, stage with { OwnDeadline = true, Sla = stage.Sla with { Deadline = TimeSpan.FromSeconds(40) } }) },
            OwnBudgets = [null, new Amount(400_000_000)],
        };

        var plan = Assert.IsType<GraphPlan>(GraphPlanner.Plan(capped, market, Options));

        Assert.Equal(TimeSpan.FromSeconds(40), plan.Stages[1].Slo.Deadline);
        Assert.True(plan.Stages[1].Slo.Budget <= new Amount(400_000_000));
        Assert.True(plan.Stages[0].Slo.Deadline > TimeSpan.FromSeconds(40));
    }

    [Fact]
    public void AStageThatNobodyCanServe_IsNamedWithItsReasons()
    {
        var (request, market) = Chain(100, 100);
        var stage = request.Job.Stages[1];
        var greedy = request with { Job = request.Job with { Stages = request.Job.Stages.SetItem(1, stage with { Limits = stage.Limits with { Memory = new ByteSize(2L << 30) } }) } };

        var none = Assert.IsType<NoGraphPlan>(GraphPlanner.Plan(greedy, market, Options));

        Assert.Equal((GraphRefusal.Stage, "s1"), (none.Reason, none.Stage.ToString()));
        Assert.Contains(none.Offer!.Changes, change => change is LowerMemory { To.Bytes: 1L << 30 });
    }

    private static (GraphRequest Request, MarketSnapshot Market) Chain(params uint[] counts)
    {
        var sla = new SlaSpec(TimeSpan.FromSeconds(200), null, Market.Domain.Offers.Verdict.Optimistic, [], default, null);
        Assert.True(Template.TryParse("{index}", out var name, out _));
        ImmutableArray<StageSpec> stages =
        [
            .. counts.Select((count, i) => new StageSpec(
                StageId.Parse($"s{i}"), new TaskSpec("a.wasm", []), i == 0 ? new RangeInputs(0, count - 1) : new EachInputs([StageId.Parse($"s{i - 1}")], Join.Framed), LimitSpec.Default, sla)),
        ];
        return (
            new GraphRequest
            {
                Job = new JobSpec("job", stages, new OutputSpec(stages[^1].Id, "out", name!, null), sla, FailureSpec.Default),
                Stages = [.. counts.Select(count => new StageEstimate(count, count, FuelRange.Exactly(new Fuel(1_000_000_000))))],
                Budget = new Amount(10_000_000_000),
                OwnBudgets = [.. counts.Select(_ => (Amount?)null)],
                Consumer = Market.Hashing.Address.Zero,
            },
            new MarketSnapshot(RandomGraph.Now, RandomGraph.Rules, [.. Enumerable.Range(1, 4).Select(i => RandomGraph.Bid((uint)i))]));
    }

    private static JobSpec WithDeadline(JobSpec job, TimeSpan deadline) => job with
    {
        Sla = job.Sla with { Deadline = deadline },
        Stages = [.. job.Stages.Select(stage => stage with { Sla = stage.Sla with { Deadline = deadline } })],
    };

    private static void Planned(Action<GraphRequest, MarketSnapshot, GraphPlan> check)
    {
        var planned = 0;
        Gen.Int.Sample(seed =>
        {
            var (request, market) = RandomGraph.Of(seed);
            if (GraphPlanner.Plan(request, market, Options) is not GraphPlan plan) return;
            Interlocked.Increment(ref planned);
            check(request, market, plan);
        });
        Assert.True(planned > 20, $"only {planned} random jobs could be planned");
    }

    /// <summary>Checks what the planner says of jobs it can plan once <paramref name="worsen"/> has been done to them: about a third of all random jobs.</summary>
    private static void Refused(GraphRefusal reason, Func<GraphRequest, GraphPlan, GraphRequest> worsen, Action<GraphRequest, MarketSnapshot, NoGraphPlan> check)
    {
        var refused = 0;
        Planned((request, market, plan) =>
        {
            var worse = worsen(request, plan);
            if (GraphPlanner.Plan(worse, market, Options) is not NoGraphPlan none || none.Reason != reason) return;
            Interlocked.Increment(ref refused);
            check(worse, market, none);
        });
        Assert.True(refused > 5, $"only {refused} random jobs were refused so");
    }
}
