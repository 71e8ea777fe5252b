using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Wasm;

namespace Market.Node.Attestation;

/// <summary>What one lane's run of the benchmark gave.</summary>
/// <param name="Output">Its 32 bytes of output.</param>
/// <param name="FuelUsed">Fuel that it took.</param>
internal sealed record LaneScore(ImmutableArray<byte> Output, ulong FuelUsed);

/// <summary>What all lanes gave at once.</summary>
/// <param name="Lanes">By lane.</param>
/// <param name="Elapsed">From the start of the first to the end of the last.</param>
internal sealed record BenchmarkRun(ImmutableArray<LaneScore> Lanes, TimeSpan Elapsed)
{
    /// <summary>Fuel of the lane that used least.</summary>
    public ulong LeastFuel => Lanes.Min(l => l.FuelUsed);
}

/// <summary>
/// The seeded program that speed is measured by, in the very sandbox that tasklets run in. Source: Benchmark/benchmark.wat.
/// </summary>
internal sealed class Benchmark(WasmRuntime runtime, TimeProvider time)
{
    /// <summary>Rounds of one lane that attesters ask for: a tenth of a second on a fast core, far above what a network adds.</summary>
    public const uint Rounds = 10_000_000;

    /// <summary>Rounds that do for a declaration, which nobody checks.</summary>
    public const uint FewRounds = 2_000_000;

    /// <summary>Bytes of its output.</summary>
    public const int OutputSize = 32;

    // Rounds cost about 55 fuel each.
    private static readonly RunLimits Limits = new(Fuel: 10_000_000_000, MemoryPages: 16, OutputBytes: OutputSize, WallClock: TimeSpan.FromSeconds(60));
    private PreparedModule? _module;

    /// <summary>The module's original bytes.</summary>
    public static byte[] Module()
    {
        using var resource = typeof(Benchmark).Assembly.GetManifestResourceStream("benchmark.wasm")
            ?? throw new InvalidOperationException("the benchmark is not embedded");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Standard input of one lane: seed 32 | rounds u32 | zero u32, little-endian, the seed hashed with the lane's number.</summary>
    public static byte[] InputOf(Hash256 seed, int lane, uint rounds = Rounds)
    {
        Span<byte> mixed = stackalloc byte[Hash256.Size + 4];
        seed.CopyTo(mixed);
        BinaryPrimitives.WriteInt32BigEndian(mixed[Hash256.Size..], lane);
        var input = new byte[40];
        Keccak256.Hash(mixed).CopyTo(input);
        BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(32), rounds);
        return input;
    }

    /// <summary>Compiles the module, so that the next run measures only running.</summary>
    /// <exception cref="BenchmarkException">This machine cannot run it.</exception>
    public async Task<PreparedModule> PrepareAsync(CancellationToken cancel)
    {
        // Callers at once share one compilation, so nothing guards this field.
        if (_module is { } ready) return ready;
        if (Canonicaliser.Canonicalise(Module()) is not Canonicalisation.Accepted accepted) throw new BenchmarkException("the benchmark is not a module of the market");
        return await runtime.PrepareCanonicalAsync(accepted.Module.Name, accepted.Module.Bytes, cancel) switch
        {
            Preparation.Ready prepared => _module = prepared.Module,
            Preparation.GaveUp gaveUp => throw new BenchmarkException($"{gaveUp.Reason}: {gaveUp.Detail}"),
            var other => throw new BenchmarkException(other.ToString()),
        };
    }

    /// <summary>Runs lanes 0 to <paramref name="lanes"/> - 1 at the same time, <paramref name="rounds"/> each.</summary>
    /// <exception cref="BenchmarkException">A lane did not end properly.</exception>
    public async Task<BenchmarkRun> RunAsync(Hash256 seed, int lanes, uint rounds, CancellationToken cancel)
    {
        var module = await PrepareAsync(cancel);
        var started = time.GetTimestamp();
        var scores = await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => RunLaneAsync(module, seed, lane, rounds, cancel)));
        return new BenchmarkRun([.. scores], time.GetElapsedTime(started));
    }

    /// <summary>Runs one lane as attesters ask for it.</summary>
    /// <exception cref="BenchmarkException">It did not end properly.</exception>
    public async Task<LaneScore> RunLaneAsync(Hash256 seed, int lane, CancellationToken cancel) =>
        await RunLaneAsync(await PrepareAsync(cancel), seed, lane, Rounds, cancel);

    private async Task<LaneScore> RunLaneAsync(PreparedModule module, Hash256 seed, int lane, uint rounds, CancellationToken cancel)
    {
        var stdin = InputOf(seed, lane, rounds);
        var frame = new InputFrame(["benchmark"], (ulong)stdin.Length).Encode();
        return await runtime.RunAsync(new TaskletRun(module, frame, stdin, Limits), cancel) switch
        {
            RunOutcome.Halted { Status: TaskletStatus.Exited, ExitCode: 0, Output.Length: OutputSize } halted =>
                new LaneScore([.. halted.Output.Span], halted.FuelUsed),
            var other => throw new BenchmarkException(other.ToString()),
        };
    }
}

/// <summary>This machine could not run the benchmark; it should not offer lanes.</summary>
internal sealed class BenchmarkException(string reason) : Exception(reason);
