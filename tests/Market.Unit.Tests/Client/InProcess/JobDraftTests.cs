using System.Collections.Immutable;
using System.Text;
using Market.Client.Faults;
using Market.Client.Graphs;
using Market.Client.InProcess;
using Market.Client.JobFiles;
using Market.Client.Mapping;
using Market.Domain.Jobs;

namespace Market.Unit.Tests.Client.InProcess;

/// <summary>Jobs in code, on the real worker and meter: the same stages, inputs and outputs as a job file has.</summary>
public sealed class JobDraftTests : IAsyncDisposable
{
    private static readonly string Module = Path.Combine(SampleJobs.Folder("text"), "text.wasm");
    private static readonly MapOptions Count = new() { Args = ["count"] };

    private readonly string _folder = Directory.CreateTempSubdirectory("job-draft-").FullName;
    private readonly InProcessMarket _market;

    public JobDraftTests() => _market = InProcessMarket.Open(Path.Combine(_folder, "sandbox"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _market.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task MapThenReduce_IsTheJobFile_ByteForByte()
    {
        var texts = Directory.GetFiles(Path.Combine(SampleJobs.Folder("text"), "texts"), "*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Select(bytes => (ReadOnlyMemory<byte>)bytes);
        var file = JobFile.Parse("job.yaml", await File.ReadAllTextAsync(Path.Combine(SampleJobs.Folder("text"), "wordcount.yaml"), Cancel), SampleJobs.Folder("text")).Require();

        await using var job = await _market.Map(Module, texts, Count).Then(Module, groupBy: 2, "merge").Reduce(Module, "merge").StartAsync(cancel: Cancel);
        var here = await job.ResultsAsync(cancel: Cancel);

        var expected = await _market.RunAsync((await JobResolver.ResolveAsync(file, Cancel)).Require(file), Cancel);
        Assert.Equal(expected.Select(output => output.ToArray()), here.Select(output => output.ToArray()));
        Assert.NotEqual(0, Assert.Single(here).Length);
    }

    [Fact]
    public async Task Results_AreInOrder_AndReadAsWanted()
    {
        await using var job = await _market.MapAsync(Module, ["One", "TWO", "three"], new MapOptions { Args = ["lower"] }, Cancel);

        Assert.Equal(["one", "two", "three"], await job.ResultsAsync(output => Encoding.UTF8.GetString(output.Span), cancel: Cancel));
    }

    [Fact]
    public async Task ReduceAsync_GivesOneOutput()
    {
        var total = await _market.Map(Module, ["a b", "b c", "c c"], Count).ReduceAsync(Module, Cancel, "merge");

        var lines = Encoding.UTF8.GetString(total.Span);
        Assert.Contains("c", lines, StringComparison.Ordinal);
        Assert.Contains("3", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeavingTheStream_Detaches_AndTheRestComesLater()
    {
        var seen = new List<string>();
        await using var job = await _market.Map(Module, ["A", "B", "C"], new MapOptions { Args = ["lower"] }).Then(Module, "lower").StartAsync(cancel: Cancel);

        await foreach (var first in job.StreamAsync(new Lines(seen), Cancel))
        {
            Assert.Equal((0, "a"), (first.Index, first.Text));
            break;
        }

        Assert.Equal(["s1 final SSS | s2 planned ...", "s1 final SSS | s2 open S.."], seen[2..]);
        Assert.Equal(["a", "b", "c"], await job.ResultsAsync(output => Encoding.UTF8.GetString(output.Span), cancel: Cancel));
        Assert.Equal("finished", (await job.WaitAsync(cancel: Cancel)).State);
    }

    [Fact]
    public async Task Cancelling_EndsTheJob_Once()
    {
        await using var job = await _market.MapAsync(Module, ["A", "B", "C"], new MapOptions { Args = ["lower"] }, Cancel);
        var got = new List<TaskletOutput>();

        await foreach (var output in job.StreamAsync(cancel: Cancel))
        {
            got.Add(output);
            await job.CancelAsync(Cancel);
        }

        Assert.Single(got);
        Assert.Equal("E2303", (await Assert.ThrowsAsync<MarketException>(() => job.CancelAsync(Cancel))).Fault.Code);
    }

    [Fact]
    public async Task ATaskletThatFails_IsToldWithItsReason_AndTheOthersComeAllTheSame()
    {
        var options = new MapOptions { Args = ["count"], Limits = LimitSpec.Default with { Fuel = new Fuel(200_000) } };
        await using var job = await _market.MapAsync(Module, ["a", string.Join(' ', Enumerable.Repeat("word", 20_000)), "b"], options, Cancel);

        var outputs = new List<TaskletOutput>();
        await foreach (var output in job.StreamAsync(cancel: Cancel)) outputs.Add(output);

        Assert.Equal([null, "fuel", null], outputs.Select(output => output.Error is { } error && error.Contains("fuel", StringComparison.Ordinal) ? "fuel" : output.Error));
        Assert.Equal(0, outputs[1].Output.Length);
        Assert.Equal("E2307", (await Assert.ThrowsAsync<MarketException>(() => job.ResultsAsync(cancel: Cancel))).Fault.Code);
    }

    [Fact]
    public async Task WhatCannotRun_IsRefusedWithItsFix()
    {
        Assert.Equal("E1308", await FaultOf(_market.Map("nowhere.wasm", ["a"])));
        Assert.Equal("E1230", await FaultOf(_market.Map(Module, ImmutableArray<string>.Empty)));
        Assert.Equal("E1203", await FaultOf(_market.Map(Module, ["a"], new MapOptions { Budget = "much" })));
        Assert.Equal("E1203", await FaultOf(_market.Map(Module, ["a"], new MapOptions { Args = ["{nonsense}"] })));
    }

    private static async Task<string> FaultOf(JobDraft draft) => (await Assert.ThrowsAsync<MarketException>(() => draft.StartAsync(cancel: Cancel))).Fault.Code;

    private sealed class Lines(List<string> seen) : IProgress<JobGraph>
    {
        public void Report(JobGraph value) => seen.Add(string.Join(" | ", value.Stages.Select(stage => $"{stage.Name} {stage.State} {GraphText.Cells(stage.Tasklets)}")));
    }
}
