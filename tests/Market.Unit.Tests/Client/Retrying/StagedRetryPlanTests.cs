using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.InProcess;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Retrying;
using Market.Domain.Jobs;
using Market.Domain.Results;

namespace Market.Unit.Tests.Client.Retrying;

/// <summary>Real modules on the real worker: what is bought again gives, with what is kept, what the whole job gives.</summary>
public sealed class StagedRetryPlanTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("staged-retry-").FullName;
    private readonly InProcessMarket _market;

    public StagedRetryPlanTests() => _market = InProcessMarket.Open(Path.Combine(_folder, "sandbox"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _market.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AJobWhoseResultsAreAllHere_BuysNothing()
    {
        var job = await ReadAsync("wordcount.yaml");

        var plan = await StagedRetryPlan.MakeAsync("j-1", job, await PastAsync(job), Cancel);

        Assert.Null(plan.Job);
        Assert.Equal([4, 2, 1], plan.Stages.Select(stage => stage.Reused.Length));
        var (file, name) = Assert.Single(plan.Deliveries);
        Assert.Equal("words.txt", name);
        Assert.Equal((await _market.RunAsync(job, Cancel))[0].ToArray(), await File.ReadAllBytesAsync(file, Cancel));
    }

    [Fact]
    public async Task ALostTasklet_IsBoughtAlone_AndSoIsWhatReadIt()
    {
        var job = await ReadAsync("wordcount.yaml");
        var past = (await PastAsync(job, lost: [(0, 2), (1, 1), (2, 0)])).ToList();
        var bought = new List<string>();

        var plan = await StagedRetryPlan.MakeAsync("j-1", job, past, Cancel);
        while (plan.Job is { } part)
        {
            bought.AddRange(part.Stages.Select(stage => $"{stage.Spec.Id}:{stage.Tasklets.Length}"));
            past.AddRange(await PastAsync(part));
            plan = await StagedRetryPlan.MakeAsync("j-1", job, past, Cancel);
        }

        // One text of four, the one pair that it is in, and the total.
        Assert.Equal(["count:1", "merge:1", "total:1"], bought);
        Assert.Equal((await _market.RunAsync(job, Cancel))[0].ToArray(), await File.ReadAllBytesAsync(Assert.Single(plan.Deliveries).File, Cancel));
    }

    [Fact]
    public async Task StagesOfWhichNothingCame_AreOneJob()
    {
        var job = await ReadAsync("wordcount.yaml");

        var plan = await StagedRetryPlan.MakeAsync("j-1", job, await PastAsync(job, lost: [(1, 0), (1, 1), (2, 0)]), Cancel);

        Assert.False(plan.IsPart);
        Assert.Equal(["merge", "total"], plan.Job!.Stages.Select(stage => stage.Spec.Id.ToString()));
        Assert.Equal([0u], plan.Results!.Value);
        Assert.Equal((await _market.RunAsync(job, Cancel))[0].ToArray(), (await _market.RunAsync(plan.Job, Cancel))[0].ToArray());
    }

    [Fact]
    public async Task AStageThatIsReadBesideALostOne_IsBoughtToo()
    {
        var job = await ReadAsync("diamond.yaml");
        var lost = Enumerable.Range(0, 4).SelectMany(i => new[] { (2, i), (3, i) }).ToArray();

        var plan = await StagedRetryPlan.MakeAsync("j-1", job, await PastAsync(job, lost), Cancel);

        // lower is kept: the two that read it read it from here.
        Assert.Equal(["count", "letters", "report"], plan.Job!.Stages.Select(stage => stage.Spec.Id.ToString()));
        Assert.Equal((await _market.RunAsync(job, Cancel)).Select(output => output.ToArray()), (await _market.RunAsync(plan.Job, Cancel)).Select(output => output.ToArray()));
    }

    [Fact]
    public async Task ResultsThatAreMissing_KeepTheirNames()
    {
        var job = await ReadAsync("diamond.yaml");

        var plan = await StagedRetryPlan.MakeAsync("j-1", job, await PastAsync(job, lost: [(3, 1), (3, 3)]), Cancel);

        Assert.Equal(["report-1.txt", "report-3.txt"], Assert.Single(plan.Job!.Stages).Tasklets.Select(tasklet => tasklet.OutputName));
        Assert.Equal([1u, 3u], plan.Results!.Value);
        Assert.Equal(["report-0.txt", "report-2.txt"], plan.Deliveries.Select(delivery => delivery.Name));
    }

    [Fact]
    public async Task WhatFailsTheSameWay_IsNotBought()
    {
        var job = await ReadAsync("diamond.yaml");
        var past = (await PastAsync(job)).ToList();
        past[0] = past[0] with { Ending = PastEnding.Failed, File = null };

        var fault = (await Assert.ThrowsAsync<MarketException>(() => StagedRetryPlan.MakeAsync("j-1", job, past, Cancel))).Fault;
        Assert.Equal("E2305", fault.Code);
        Assert.Contains("'lower'", fault.Message, StringComparison.Ordinal);

        // Of the results, the others still can be had.
        past = [.. await PastAsync(job)];
        past[^1] = past[^1] with { Ending = PastEnding.Failed, File = null };
        var plan = await StagedRetryPlan.MakeAsync("j-1", job, past, Cancel);
        Assert.Null(plan.Job);
        Assert.Equal([3u], plan.Stages[^1].Repeating);
    }

    [Fact]
    public async Task WhatRanDry_IsBoughtWithMoreFuelOnly()
    {
        var job = await ReadAsync("diamond.yaml");
        var past = (await PastAsync(job)).ToList();
        past[^1] = past[^1] with { Ending = PastEnding.OutOfFuel, File = null, Mfuel = 200 };

        Assert.Equal([3u], (await StagedRetryPlan.MakeAsync("j-1", job, past, Cancel)).Stages[^1].Repeating);

        past[^1] = past[^1] with { Mfuel = 199 };
        Assert.Equal([3u], (await StagedRetryPlan.MakeAsync("j-1", job, past, Cancel)).Stages[^1].Retried!.Value);
    }

    private static async Task<ResolvedJob> ReadAsync(string name)
    {
        var file = JobFile.Parse(name, await File.ReadAllTextAsync(Path.Combine(SampleJobs.Folder("text"), name), Cancel), SampleJobs.Folder("text")).Require();
        return (await JobResolver.ResolveAsync(file, Cancel)).Require(file);
    }

    /// <summary>What a run of <paramref name="job"/> gives, as an earlier purchase of it would be known.</summary>
    private async Task<IReadOnlyList<PastResult>> PastAsync(ResolvedJob job, params (int Stage, int Index)[] lost)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var outputs = new List<ReadOnlyMemory<byte>>[job.Stages.Length];
        for (var i = 0; i < outputs.Length; i++) outputs[i] = [];
        await foreach (var output in _market.EnumerateAsync(job, Cancel)) outputs[output.Stage].Add(output.Output);
        var past = new List<PastResult>();
        foreach (var at in graph.Order)
        {
            var stage = job.Stages[at];
            var records = await RecordsAsync(job, stage, [.. graph.Parents[at].Select(parent => outputs[parent].ToImmutableArray())]);
            var module = Market.Hashing.BlobName.Of(await File.ReadAllBytesAsync(stage.ModulePath, Cancel));
            for (var i = 0; i < records.Length; i++)
            {
                if (lost.Contains((at, i))) continue;
                var file = Path.Combine(_folder, Path.GetRandomFileName());
                await File.WriteAllBytesAsync(file, outputs[at][i].ToArray(), Cancel);
                past.Add(new PastResult(new ContentKey(module, records[i], stage.Spec.Limits.MemoryPages, (uint)stage.Spec.Limits.Output.Bytes), PastEnding.Delivered, 1, file));
            }
        }

        return past;
    }

    private static async Task<ImmutableArray<ManifestRecord>> RecordsAsync(ResolvedJob job, ResolvedStage stage, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> parents)
    {
        if (stage.Spec.Inputs is not FromInputs from) return (await PreparedJob.PrepareAsync(job, stage, Cancel)).Manifest.Records;
        ImmutableArray<string> args = [stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))];
        return [.. StageContents.Of(from, parents)!.Select(content => StageContents.Record(args, content))];
    }
}
