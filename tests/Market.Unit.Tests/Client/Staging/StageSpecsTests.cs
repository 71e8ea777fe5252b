using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Client.Staging;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Staging;

/// <summary>What is posted is what was planned: every number of a stage on the chain is the plan's.</summary>
public sealed class StageSpecsTests
{
    private static readonly UnixTime Now = new(1_800_000_000);
    private static readonly MarketRules Rules = new(FeeBps: 100, MaxLeaseSeconds: 3_600, MaxWindowSeconds: 86_400, GraceSeconds: 10, new Amount(50_000_000), MaxFills: 96);
    private static readonly byte Both = (1 << (int)Verdict.Trusted) | (1 << (int)Verdict.Optimistic);

    private const string Diamond = """
        version: 1
        name: diamond
        inputs: { glob: "texts/*.txt" }
        limits: { memory: 16MiB, fuel: 200M, time: 30s, output: 1MiB }
        stages:
          - { id: report, task: { module: text.wasm, args: [pair] }, inputs: { from: [letters, lower], each: true }, sla: { start: final } }
          - { id: letters, task: { module: text.wasm, args: [letters] }, inputs: { from: lower, each: true } }
          - { id: lower, task: { module: text.wasm, args: [lower] } }
        output: { from: report, dir: out, name: "report-{index}.txt" }
        onFailure: { retries: 2 }
        sla: { deadline: 10m, budget: 5 CRD, verification: optimistic }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stages_StandParentsFirst_WithTheirPlans()
    {
        var (job, plan) = await PlanAsync(Diamond);

        var stages = await StageSpecs.OfAsync(job, plan, Now, Cancel);

        Assert.Equal(["lower", "letters", "report"], stages.Select(stage => stage.Stage.Spec.Id.ToString()));
        Assert.Equal([0, 1, 2], stages.Select(stage => stage.Spec.Index));
        Assert.Equal([1, 0], stages[2].Spec.Input.Stages.Select(i => (int)i));
        Assert.Equal([false, false, true], stages.Select(stage => stage.Spec.StartFinal));
        Assert.Equal([InputKindCode.Manifest, InputKindCode.Each, InputKindCode.Each], stages.Select(stage => stage.Spec.Input.Kind));
        Assert.All(stages, stage =>
        {
            var (terms, slo) = (stage.Plan.Offer.Terms, stage.Plan.Slo);
            Assert.Equal(stage.Stage.Spec.Id, stage.Plan.Stage);
            Assert.Equal(slo.Budget.BaseUnits, stage.Spec.Budget);
            Assert.Equal((3, slo.EscalateTicks), (stage.Spec.Attempts, stage.Spec.EscalateTicks));
            var relative = terms with { Nonce = 0, Deadline = new UnixTime(terms.Deadline.Seconds - Now.Seconds) };
            Assert.Equal(relative.ToRuleWord(), stage.Spec.Rules);
            Assert.True(relative.Deadline.Seconds + terms.LeaseSeconds <= slo.Deadline.TotalSeconds, "the last lease ends within the stage's deadline");
        });

        // What reads others learns its number of tasklets from what they gave.
        Assert.Equal((stages[1].Plan.Offer.Terms with { Consumer = Address.Zero, Total = 0 }).ToCostWord(), stages[1].Spec.Cost);
        Assert.Equal((stages[0].Plan.Offer.Terms with { Consumer = Address.Zero }).ToCostWord(), stages[0].Spec.Cost);
        Assert.NotEqual(Hash256.Zero, stages[0].Spec.Work.Manifest);
        Assert.Equal(Hash256.Zero, stages[1].Spec.Work.Manifest);
    }

    [Fact]
    public async Task AllAttempts_AreTheSumOfTheirEscrows()
    {
        var (_, plan) = await PlanAsync(Diamond);
        var stage = plan.Stages[0];

        var all = GraphQuoter.AllAttempts(stage, Rules);

        var terms = Enumerable.Range(0, 3).Select(i => stage.Offer.Terms with { MaxTick = new Tick(stage.Slo.Reserve.Index + (i * stage.Slo.EscalateTicks)) });
        Assert.Equal(terms.Aggregate(Amount.Zero, (sum, t) => sum + t.Escrow(Rules.FeeBps)), all);
        Assert.True(all > stage.Offer.Escrow * 3, "further attempts are dearer");
    }

    [Fact]
    public async Task WithoutALocalRun_TheFileAloneCounts()
    {
        var stated = StatedStages.Of(await ResolveAsync("""
            version: 1
            limits: { fuel: 200M }
            stages:
              - { id: split, task: { module: text.wasm, args: [split] }, inputs: { file: texts/lighthouse.txt } }
              - { id: count, task: { module: text.wasm, args: [count] }, inputs: { from: split, fanOut: true, max: 32 } }
              - { id: pairs, task: { module: text.wasm, args: [merge] }, inputs: { from: count, groupBy: 5 }, limits: { fuel: 300M } }
            sla: { deadline: 10m }
            """));

        Assert.Equal([1u, 32u, 7u], stated.Select(stage => stage.Estimate.Most));
        Assert.Equal([200_000_000UL, 200_000_000UL, 300_000_000UL], stated.Select(stage => stage.Estimate.Fuel.High.Units));
        Assert.All(stated, stage => Assert.Null(stage.Local));
    }

    [Theory]
    [InlineData("E1307", "'count'", "{ id: count, task: { module: text.wasm, args: [count] }, inputs: { from: lower, each: true } }")]
    [InlineData("E1243", "'count'", "{ id: count, task: { module: text.wasm, args: [count] }, inputs: { from: lower, fanOut: true, max: 8 }, limits: { fuel: 1M } }")]
    public async Task WithoutALocalRun_WhatIsMissing_IsNamed(string code, string names, string stage)
    {
        var job = await ResolveAsync($$"""
            version: 1
            stages:
              - { id: split, task: { module: text.wasm, args: [split] }, inputs: { file: texts/bread.txt }, limits: { fuel: 1M } }
              - { id: lower, task: { module: text.wasm, args: [lower] }, inputs: { from: split, fanOut: true, max: 8 }, limits: { fuel: 1M } }
              - {{stage}}
            sla: { deadline: 10m }
            """);

        var fault = Assert.Throws<MarketException>(() => StatedStages.Of(job)).Fault;

        Assert.Equal(code, fault.Code);
        Assert.Contains(names, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<(ResolvedJob Job, GraphPlan Plan)> PlanAsync(string yaml)
    {
        var job = await ResolveAsync(yaml);
        var spec = job.File.Spec;
        var request = new GraphRequest
        {
            Job = spec,
            Stages = [.. StatedStages.Of(job).Select(stage => stage.Estimate)],
            Budget = new Amount(5_000_000),
            OwnBudgets = [.. spec.Stages.Select(_ => (Amount?)null)],
            Consumer = Address.Parse("0x00000000000000000000000000000000000000aa"),
        };
        ImmutableArray<StandingBid> bids = [Bid(1), Bid(2), Bid(3)];
        return (job, Assert.IsType<GraphPlan>(GraphPlanner.Plan(request, new MarketSnapshot(Now, Rules, bids), GraphOptions.Around(new PlannerOptions(WindowSeconds: 10)))));
    }

    private static async Task<ResolvedJob> ResolveAsync(string yaml)
    {
        var file = JobFile.Parse("job.yaml", yaml, SampleJobs.Folder("text")).Require();
        return (await JobResolver.ResolveAsync(file, Cancel)).Require(file);
    }

    private static StandingBid Bid(uint device) => new(
        new DeviceId(device), new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), new Tick(700), 1, 1, Now.Plus(3_600), Both, 1_000, 1_024, new Amount(1_000_000_000));
}
