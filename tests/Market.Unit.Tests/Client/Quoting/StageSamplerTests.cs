using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Unit.Tests.Client.Quoting;

/// <summary>Real modules in the real sandbox: what a later stage is tried on is what the samples before it wrote.</summary>
public sealed class StageSamplerTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stage-sampler-").FullName;
    private readonly WasmRuntime _runtime;

    public StageSamplerTests() => _runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(_folder, "sandbox"), Lanes = 1 }, TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Samples_FlowFromStageToStage()
    {
        var samples = await RunAsync("""
            version: 1
            stages:
              - { id: count, task: { module: textstats.wasm }, inputs: { list: [one text, another text of more words, third] } }
              - { id: again, task: { module: textstats.wasm }, inputs: { from: count, each: true } }
              - { id: pairs, task: { module: textstats.wasm }, inputs: { from: again, groupBy: 2, join: concat } }
              - { id: total, task: { module: textstats.wasm }, inputs: { from: pairs, group: all, join: concat } }
            sla: { deadline: 5m }
            """);

        Assert.Equal(["count", "again", "pairs", "total"], samples.Select(sample => sample.Stage.ToString()));
        Assert.Equal([3u, 3u, 2u, 1u], samples.Select(sample => sample.Estimate.Likely));
        Assert.All(samples, sample =>
        {
            var fuel = sample.Estimate.Fuel;
            Assert.True(fuel.Low.Units > 0 && fuel.Low.Units <= fuel.Likely.Units && fuel.Likely.Units <= fuel.High.Units);
        });

        // Two outputs cost more than one, so the join was really read.
        Assert.True(samples[2].Local!.Fuel.Units > samples[1].Local!.Fuel.Units);
    }

    [Fact]
    public async Task AList_DecidesHowManyTaskletsTheNextStageHas()
    {
        var samples = await RunAsync("""
            version: 1
            stages:
              - { id: split, task: { module: ../split/split.wasm, args: ["6"] }, inputs: { list: ["one\ntwo\nthree\nfour"] } }
              - { id: parse, task: { module: textstats.wasm }, inputs: { from: split, fanOut: true, max: 50 } }
              - { id: total, task: { module: textstats.wasm }, inputs: { from: parse, group: all, join: concat } }
            sla: { deadline: 5m }
            """);

        // "one two", "three" and "four", as samples/split says.
        Assert.Equal([(1u, 1u), (3u, 50u), (1u, 1u)], samples.Select(sample => (sample.Estimate.Likely, sample.Estimate.Most)));
    }

    [Fact]
    public async Task OutputsThatAreNoList_CannotFanOut()
    {
        var fault = (await Assert.ThrowsAsync<MarketException>(() => RunAsync("""
            version: 1
            stages:
              - { id: split, task: { module: textstats.wasm }, inputs: { list: [text] } }
              - { id: parse, task: { module: textstats.wasm }, inputs: { from: split, fanOut: true, max: 5 } }
            sla: { deadline: 5m }
            """))).Fault;

        Assert.Equal(("E1320", ExitCode.FileInvalid), (fault.Code, fault.Exit));
        Assert.Contains("'split'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModuleThatFails_NamesItsStage()
    {
        var fault = (await Assert.ThrowsAsync<MarketException>(() => RunAsync("""
            version: 1
            stages:
              - { id: count, task: { module: textstats.wasm }, inputs: { list: [text] } }
              - { id: draw, task: { module: ../fractal/fractal.wasm, args: [nonsense] }, inputs: { from: count, each: true } }
            sla: { deadline: 5m }
            """))).Fault;

        Assert.Equal("E1302", fault.Code);
        Assert.Contains("stage 'draw'", fault.Message, StringComparison.Ordinal);
    }

    private async Task<ImmutableArray<StageSample>> RunAsync(string yaml)
    {
        var file = JobFile.Parse("job.yaml", yaml, SampleJobs.Folder("textstats")).Require();
        return await new StageSampler(_runtime, TimeProvider.System).RunAsync((await JobResolver.ResolveAsync(file, Cancel)).Require(file), Cancel);
    }
}
