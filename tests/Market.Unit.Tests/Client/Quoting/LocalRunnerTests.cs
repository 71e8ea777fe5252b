using Market.Client.Faults;
using Market.Client.Quoting;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Unit.Tests.Client.Quoting;

public sealed class LocalRunnerTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("local-runner-").FullName;
    private readonly WasmRuntime _runtime;

    public LocalRunnerTests() => _runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(_folder, "sandbox"), Lanes = 1 }, TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Run_MeasuresTheDearestSample()
    {
        var job = await SampleJobs.PrepareAsync("fractal", Cancel);

        var run = await new LocalRunner(_runtime, TimeProvider.System).RunAsync(job, Cancel);

        Assert.Contains(run.Item, new[] { "0", "32", "63" });
        Assert.InRange(run.Fuel.Units, 1_000_000UL, 1_000_000_000UL);
        Assert.Equal(3, run.Samples);
    }

    [Fact]
    public async Task Run_OfAModuleThatFails_SaysOnWhichItemAndSendsNothing()
    {
        // The fractal wants a tile number.
        var job = await SampleJobs.PrepareAsync("fractal", "version: 1\ntask: { module: fractal.wasm, args: [nonsense] }\ninputs: { list: [a] }\nsla: { deadline: 1m }\n", Cancel);

        var fault = (await Assert.ThrowsAsync<MarketException>(() => new LocalRunner(_runtime, TimeProvider.System).RunAsync(job, Cancel))).Fault;

        Assert.Equal(("E1302", ExitCode.FileInvalid), (fault.Code, fault.Exit));
        Assert.Contains("'a'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BeyondTheOutputLimit_NamesTheLimit()
    {
        var job = await SampleJobs.PrepareAsync("fractal", "version: 1\ntask: { module: fractal.wasm, args: ['{index}', '4'] }\ninputs: { range: 0..3 }\nlimits: { output: 1KiB }\nsla: { deadline: 1m }\n", Cancel);

        var fault = (await Assert.ThrowsAsync<MarketException>(() => new LocalRunner(_runtime, TimeProvider.System).RunAsync(job, Cancel))).Fault;

        Assert.Equal("raise limits.output (1KiB now)", fault.Fix);
    }

    [Fact]
    public async Task Run_WhereTheSameInputGivesAnotherResult_IsRefused()
    {
        var job = await SampleJobs.PrepareAsync("fractal", "version: 1\ntask: { module: fractal.wasm, args: ['{index}', '4'] }\ninputs: { range: 0..0 }\nsla: { deadline: 1m }\n", Cancel);
        await using var fickle = new FickleRuntime(_runtime);

        var fault = (await Assert.ThrowsAsync<MarketException>(() => new LocalRunner(fickle, TimeProvider.System).RunAsync(job, Cancel))).Fault;

        Assert.Equal(("E1304", ExitCode.FileInvalid), (fault.Code, fault.Exit));
        Assert.Contains("gave different results", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>The real runtime on a machine whose every run needs one fuel more than the last: what no canonical module can do.</summary>
    private sealed class FickleRuntime(IRuntime real) : IRuntime
    {
        private uint _runs;

        public RuntimeKind Kind => real.Kind;

        public Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => real.PrepareAsync(name, content, cancellationToken);

        public async Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken) =>
            await real.RunAsync(run, cancellationToken) is RunOutcome.Halted halted ? halted with { FuelUsed = halted.FuelUsed + _runs++ } : throw new InvalidOperationException("it did not halt");

        public ValueTask DisposeAsync() => default;
    }
}
