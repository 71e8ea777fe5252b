using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Retrying;

namespace Market.Unit.Tests.Client.Retrying;

/// <summary>What a retry buys: decided by module, input and limits, never by which offer or position it was.</summary>
public sealed class RetryPlanTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatWasDelivered_IsKept_WhereverItStandsNow()
    {
        var (before, now) = (await JobAsync("[alpha, beta]"), await JobAsync("[gamma, beta, alpha]"));

        var plan = Plan(now, Past(before, 0, PastEnding.Delivered), Past(before, 1, PastEnding.Delivered));

        Assert.Equal([0u], plan.Retried);
        Assert.Equal([1u, 2u], plan.Reused);
        Assert.Equal([("/old/1", "1.txt"), ("/old/0", "2.txt")], plan.Deliveries);
        Assert.Equal("gamma", Assert.Single(plan.Job!.Stage.Tasklets).Item);
        Assert.Equal(now.Manifest.Records[0], Assert.Single(plan.Job.Manifest.Records));
        Assert.Equal("0.txt", plan.Job.Stage.Tasklets[0].OutputName);
    }

    [Fact]
    public async Task AFailure_IsNotBoughtAgain_UntilSomethingThatDecidesItChanges()
    {
        var before = await JobAsync("[alpha, beta]");
        var failed = Past(before, 1, PastEnding.Failed);

        Assert.Equal([1u], Plan(before, failed).Repeating);
        Assert.False(Plan(before, failed).CanComplete);
        Assert.Equal([1u], Plan(await JobAsync("[alpha, beta]", fuel: "1G"), failed).Repeating);
        Assert.Empty(Plan(await JobAsync("[alpha, better]"), failed).Repeating);
        Assert.Empty(Plan(await JobAsync("[alpha, beta]", memory: "32MiB"), failed).Repeating);
        Assert.Empty(Plan(await JobAsync("[alpha, beta]", output: "2MiB"), failed).Repeating);
    }

    [Fact]
    public async Task ATaskletThatRanDry_IsBoughtAgain_OnlyWithMoreFuel()
    {
        var before = await JobAsync("[alpha, beta]", fuel: "100M");
        var dry = Past(before, 0, PastEnding.OutOfFuel);

        Assert.Equal([0u], Plan(before, dry).Repeating);
        Assert.Equal([0u, 1u], Plan(await JobAsync("[alpha, beta]", fuel: "200M"), dry).Retried);
        Assert.Equal(dry.Mfuel, Plan(await JobAsync("[alpha, beta]", fuel: null), dry).MoreThanMfuel);
    }

    [Fact]
    public async Task Fresh_BuysEverything()
    {
        var job = await JobAsync("[alpha, beta]");

        var plan = RetryPlan.Make("j-1", "/out", job, [Past(job, 0, PastEnding.Delivered), Past(job, 1, PastEnding.Failed)], fresh: true);

        Assert.Equal([0u, 1u], plan.Retried);
        Assert.Equal(job.Work, plan.Job!.Work);
    }

    [Fact]
    public async Task EverythingDelivered_LeavesNothing_AndADeliveryOutweighsAFailure()
    {
        var job = await JobAsync("[alpha]");

        var plan = Plan(job, Past(job, 0, PastEnding.Failed), Past(job, 0, PastEnding.Delivered));

        Assert.Null(plan.Job);
        Assert.True(plan.CanComplete);
    }

    [Fact]
    public void SameAgain_NamesTheWayOut()
    {
        var fault = RetryPlan.SameAgain("j-1", "1 of 2 tasklets failed").Fault;

        Assert.Equal(("E2305", ExitCode.TaskletsFailed), (fault.Code, fault.Exit));
        Assert.Contains("--fresh", fault.Fix, StringComparison.Ordinal);
    }

    private static RetryPlan Plan(PreparedJob job, params PastResult[] past) => RetryPlan.Make("j-1", "/out", job, past, fresh: false);

    private static PastResult Past(PreparedJob job, int tasklet, PastEnding ending) => new(
        new ContentKey(job.ModuleName, job.Manifest.Records[tasklet], job.Work.MemoryPages, job.Work.OutputLimit),
        ending,
        (uint)job.Stage.Spec.Limits.Fuel!.Value.MfuelUp,
        ending == PastEnding.Delivered ? $"/old/{tasklet}" : null);

    private static Task<PreparedJob> JobAsync(string items, string? fuel = "100M", string memory = "16MiB", string output = "1MiB") => SampleJobs.PrepareAsync(
        "textstats",
        $$"""
        version: 1
        task: { module: textstats.wasm }
        inputs: { list: {{items}} }
        output: { dir: out, name: "{index}.txt" }
        limits: { memory: {{memory}}, {{(fuel is null ? "" : $"fuel: {fuel}, ")}}time: 20s, output: {{output}} }
        sla: { deadline: 5m, budget: 1 CRD }

        """,
        Cancel);
}
