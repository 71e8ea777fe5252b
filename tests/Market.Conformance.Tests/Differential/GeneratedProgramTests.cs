using System.Collections.Concurrent;
using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;
using Wasmtime;

namespace Market.Conformance.Tests.Differential;

/// <summary>Random programs on every engine..</summary>
public sealed class GeneratedProgramTests
{
    private const int Programs = 10_000;
    private const int Batch = 500;
    private const long Plenty = 300_000;
    private const int PulleyEvery = 20;

    private static readonly byte[] Input = Wat.Input([.. Enumerable.Range(0, 300).Select(i => (byte)(7 * i))], "program");

    [Fact]
    public void GeneratedPrograms_OnEveryEngine_EndAlike()
    {
        var tally = Settings.InParallel(Programs / Batch, batch =>
        {
            var result = new BatchTally();
            Check([.. Enumerable.Range(batch * Batch, Batch).Select(i => (ulong)i)], result);
            return result;
        });

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{tally.Sum(t => t.Exits)} exits, {tally.Sum(t => t.Traps)} traps, {tally.Sum(t => t.OutOfFuel)} out of fuel; "
            + $"{tally.Sum(t => t.Noisy)} with random NaN bits, {tally.Sum(t => t.Originals)} against the original, {tally.Sum(t => t.Pulley)} in Pulley");
        Assert.Empty(tally.SelectMany(t => t.Failures));
        Assert.InRange(tally.Sum(t => t.Exits), Programs / 4, int.MaxValue);
        Assert.InRange(tally.Sum(t => t.Traps), Programs / 10, int.MaxValue);
        Assert.InRange(tally.Sum(t => t.OutOfFuel), Programs / 10, int.MaxValue);
    }

    private sealed class BatchTally
    {
        public int Exits { get; set; }

        public int Traps { get; set; }

        public int OutOfFuel { get; set; }

        public int Noisy { get; set; }

        public int Originals { get; set; }

        public int Pulley { get; set; }

        public ConcurrentQueue<string> Failures { get; } = [];

        public void Expect(ulong seed, string what, Outcome expected, Outcome actual)
        {
            if (expected != actual) Failures.Enqueue($"seed {seed}, {what}: {expected} against {actual}");
        }
    }

    private static void Check(IReadOnlyList<ulong> seeds, BatchTally tally)
    {
        using var cranelift = new WasmtimeEngine();
        using var deterministic = new WasmtimeEngine(Settings.Deterministic().WithCraneliftNaNCanonicalization(true).WithOptimizationLevel(OptimizationLevel.None));
        using var pulley = new WasmtimeEngine(Settings.Deterministic().WithTarget("pulley64"));
        var runs = new List<V8Run>();
        var expected = new List<Outcome>();
        foreach (var seed in seeds)
        {
            var original = ProgramGenerator.Generate(seed);
            var canonical = Wat.Canonical(original).Bytes.ToArray();
            using var module = cranelift.Compile(canonical);
            var plenty = cranelift.Run(module, Input, Plenty);
            // A second run that stops half-way: the counter must stand at the same place in every engine.
            var scarce = cranelift.Run(module, Input, plenty.Fuel / 2);
            Count(tally, plenty);
            runs.Add(new V8Run(canonical, Input, Plenty));
            expected.Add(plenty);
            runs.Add(new V8Run(canonical, Input, plenty.Fuel / 2));
            expected.Add(scarce);

            using var noisy = deterministic.Compile(NanNoise.Inject(canonical, (long)seed));
            tally.Expect(seed, "random NaN bits", plenty, deterministic.Run(noisy, Input, Plenty));
            tally.Noisy++;
            // Running out of fuel or of frames is an end that the original does not have.
            if (plenty.Fuel < Plenty)
            {
                using var plain = deterministic.Compile(original);
                if (deterministic.RunOriginal(plain, Input) is { } unmetered)
                {
                    tally.Expect(seed, "the original", plenty with { Fuel = 0 }, unmetered);
                    tally.Originals++;
                }
            }

            if (seed % PulleyEvery != 0) continue;
            using var portable = pulley.Compile(canonical);
            tally.Expect(seed, "Pulley", plenty, pulley.Run(portable, Input, Plenty));
            tally.Expect(seed, "Pulley, little fuel", scarce, pulley.Run(portable, Input, plenty.Fuel / 2));
            tally.Pulley++;
        }

        var v8 = V8Engine.Run(runs);
        for (var i = 0; i < runs.Count; i++) tally.Expect(seeds[i / 2], i % 2 == 0 ? "V8" : "V8, little fuel", expected[i], v8[i]);
    }

    private static void Count(BatchTally tally, Outcome outcome)
    {
        if (outcome.Status == RunStatus.Exit) tally.Exits++;
        else if (outcome.Fuel == Plenty) tally.OutOfFuel++;
        else tally.Traps++;
    }
}
