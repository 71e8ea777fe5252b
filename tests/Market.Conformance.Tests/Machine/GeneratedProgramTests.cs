using System.Collections.Concurrent;
using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;

namespace Market.Conformance.Tests.Machine;

/// <summary>Random programs in Wasmtime, in the fast machine and by the step specification.</summary>
public sealed class GeneratedProgramTests
{
    private const int Batch = 50;
    private const long Fuel = 300_000;
    // The specification is some hundred times slower, and most programs that end do so soon.
    private const long SpecFuel = 10_000;
    private const int RootsEvery = 25;
    private const int FirstSteps = 2_000;
    // A straight line may overdraw, and the program's own frame is not charged.
    private const long Overdraft = 4_096;

    private static readonly int Programs = Environment.GetEnvironmentVariable("MARKET_TEST_FULL") is null ? 1_000 : 10_000;
    private static readonly byte[] Stdin = [.. Enumerable.Range(0, 300).Select(i => (byte)(7 * i))];
    private static readonly byte[] Input = Wat.Input(Stdin, "program");

    [Fact]
    public void GeneratedPrograms_InTheStepMachine_EndAsInWasmtime()
    {
        var failures = new ConcurrentQueue<string>();
        var traps = Settings.InParallel(Programs / Batch, batch =>
        {
            using var engine = new WasmtimeEngine();
            var trapped = 0;
            for (var i = 0; i < Batch; i++) trapped += Check(engine, (ulong)((batch * Batch) + i), failures) ? 1 : 0;
            return trapped;
        }).Sum();

        Assert.Empty(failures);
        Assert.InRange(traps, Programs / 10, Programs * 9 / 10);
    }

    [Fact]
    public void GeneratedPrograms_StepByStep_HaveTheRootsOfTheSpecification()
    {
        var failures = new ConcurrentQueue<string>();
        Settings.InParallel(Programs / RootsEvery, i =>
        {
            if (FirstDifference((ulong)(i * RootsEvery)) is { } difference) failures.Enqueue(difference);
            return 0;
        });

        Assert.Empty(failures);
    }

    private static bool Check(WasmtimeEngine engine, ulong seed, ConcurrentQueue<string> failures)
    {
        var wasm = ProgramGenerator.Generate(seed);
        using var module = engine.Compile(Wat.Canonical(wasm).Bytes.Span);
        var expected = engine.Run(module, Input, Fuel);
        var run = new MachineRun(wasm, Input, Stdin.Length, Fuel);

        using var fast = run.Fast();
        Expect("fast", expected, MachineRun.ToEnd(fast));
        if (fast.Steps > expected.Fuel + Overdraft) failures.Enqueue($"seed {seed}: {fast.Steps} steps for {expected.Fuel} fuel");

        using var noisy = run.Fast();
        noisy.MakeNansRandom((int)seed);
        Expect("random NaN bits", expected, MachineRun.ToEnd(noisy));

        // Less fuel, so that many stop in the middle.
        var scarce = engine.Run(module, Input, SpecFuel);
        var little = new MachineRun(wasm, Input, Stdin.Length, SpecFuel);
        using var stopped = little.Fast();
        Expect("fast, little fuel", scarce, MachineRun.ToEnd(stopped));
        Expect("specification, little fuel", scarce, MachineRun.ToEnd(little.Spec()));
        return expected.Status == RunStatus.Trap;

        void Expect(string what, Outcome wanted, Outcome got)
        {
            if (wanted != got) failures.Enqueue($"seed {seed}, {what}: {wanted} against {got}");
        }
    }

    private static string? FirstDifference(ulong seed)
    {
        var run = new MachineRun(ProgramGenerator.Generate(seed), Input, Stdin.Length, Fuel);
        using var fast = run.Fast();
        var spec = run.Spec();
        var dice = new Random((int)seed);
        for (var jump = 0; spec.End is null && jump < FirstSteps + 20; jump++)
        {
            // Every step at first, then a few thousand at a time.
            var steps = jump < FirstSteps ? 1 : dice.Next(1, 3_000);
            fast.Run(steps);
            for (var i = 0; i < steps; i++) spec.Step();
            if (fast.Hash != spec.Hash) return $"seed {seed}, step {fast.Steps}: {spec.Registers} against {fast.Registers}";
        }

        return null;
    }
}
