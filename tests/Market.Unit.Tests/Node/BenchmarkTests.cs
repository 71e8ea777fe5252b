using Market.Hashing;
using Market.Node.Attestation;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

public sealed class BenchmarkTests
{
    private static readonly Hash256 Seed = Hash256.Parse(new string('5', 64));

    [Fact]
    public void Module_IsWhatItsSourceSays()
    {
        var source = File.ReadAllText(Path.Combine(Architecture.RepositoryRoot.Path, "node", "Market.Node", "Attestation", "Benchmark", "benchmark.wat"));

        Assert.Equal(Wasmtime.Module.ConvertText(source), Benchmark.Module());
    }

    [Fact]
    public async Task RunAsync_IsReproducibleAndDiffersByLaneAndSeed()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var temp = new TempDirectory();
        await using var runtime = new WasmRuntime(new SandboxOptions { Directory = temp.Path, Lanes = 2 }, TimeProvider.System);
        var benchmark = new Benchmark(runtime, TimeProvider.System);

        var run = await benchmark.RunAsync(Seed, 2, Benchmark.Rounds, cancel);
        var again = await benchmark.RunLaneAsync(Seed, 1, cancel);
        var otherSeed = await benchmark.RunLaneAsync(Hash256.Zero, 1, cancel);

        Assert.Equal(run.Lanes[1].Output.AsSpan(), again.Output.AsSpan());
        Assert.Equal(run.Lanes[1].FuelUsed, again.FuelUsed);
        Assert.False(run.Lanes[0].Output.AsSpan().SequenceEqual(run.Lanes[1].Output.AsSpan()));
        Assert.False(otherSeed.Output.AsSpan().SequenceEqual(again.Output.AsSpan()));
        TestContext.Current.TestOutputHelper?.WriteLine($"{run.LeastFuel / 1e6 / run.Elapsed.TotalSeconds:0} Mfuel/s per lane, {run.Elapsed}");
    }
}
