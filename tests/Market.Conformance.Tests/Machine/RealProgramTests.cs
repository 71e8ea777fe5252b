using Market.Conformance.Tests.Engines;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;

namespace Market.Conformance.Tests.Machine;

/// <summary>The samples and the benchmark kernels at small sizes.</summary>
public sealed class RealProgramTests
{
    private const long Fuel = 1L << 40;
    private const int SpecSteps = 100_000;

    public static TheoryData<string, string[], string> Programs => new()
    {
        { "bench/kernels/sha256.wasm", ["sha256", "1"], "" },
        { "bench/kernels/mandelbrot.wasm", ["mandelbrot", "30"], "" },
        { "bench/kernels/matmul.wasm", ["matmul", "30"], "" },
        { "bench/kernels/nbody.wasm", ["nbody", "2000"], "" },
        { "bench/kernels/quicksort.wasm", ["quicksort", "3000"], "" },
        { "bench/kernels/fib.wasm", ["fib", "18"], "" },
        { "bench/kernels/parser.wasm", ["parser", "3"], "" },
        { "samples/textstats/textstats.wasm", ["textstats"], "Some text, some more text.\nAnd a line: äöü.\n" },
        { "samples/fractal/fractal.wasm", ["fractal", "0", "0"], "" },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Program_InTheStepMachine_EndsAsInWasmtime(string path, string[] arguments, string text)
    {
        var wasm = File.ReadAllBytes(Path.Combine(Root(), path));
        var stdin = System.Text.Encoding.UTF8.GetBytes(text);
        var input = Wat.Input(stdin, arguments);
        var expected = Settings.OnDeepStack(() =>
        {
            using var engine = new WasmtimeEngine();
            using var module = engine.Compile(Wat.Canonical(wasm).Bytes.Span);
            return engine.Run(module, input, Fuel);
        });
        var run = new MachineRun(wasm, input, stdin.Length, Fuel);
        using var fast = run.Fast();
        using var noisy = run.Fast();
        noisy.MakeNansRandom(1);

        var outcome = MachineRun.ToEnd(fast);

        Assert.Equal(expected, outcome);
        Assert.Equal(expected, MachineRun.ToEnd(noisy));
        Assert.InRange(fast.Steps, 1, expected.Fuel + 4_096);

        // The specification follows for a while, and the fast machine stops wherever it is told to.
        using var again = run.Fast();
        var spec = run.Spec();
        var dice = new Random(7);
        while (spec.End is null && again.Steps < SpecSteps)
        {
            var steps = dice.Next(1, 9_000);
            again.Run(steps);
            for (var i = 0; i < steps; i++) spec.Step();
            Assert.True(spec.Hash == again.Hash, $"{path} at step {again.Steps}: {spec.Registers} against {again.Registers}");
        }

        // A proof out of the fast machine is the one out of the specification.
        for (var i = 0; i < 200 && spec.End is null; i++)
        {
            var before = spec.Hash;
            var proof = spec.Prove();
            Assert.Equal(proof, again.Prove());
            Assert.Equal(spec.Hash, Market.Wasm.Machine.Stepping.StepProof.Verify(before, proof));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Snapshot_WhereverTaken_LeadsBackAndOn(string path, string[] arguments, string text)
    {
        var stdin = System.Text.Encoding.UTF8.GetBytes(text);
        using var machine = new MachineRun(File.ReadAllBytes(Path.Combine(Root(), path)), Wat.Input(stdin, arguments), stdin.Length, Fuel).Fast();
        var dice = new Random(5);
        var kept = new List<(MachineSnapshot Snapshot, Hash256 Hash)>();
        for (var i = 0; i < 10; i++)
        {
            machine.Run(dice.Next(1, 60_000));
            if (i % 2 == 0) _ = machine.Roots;
            kept.Add((machine.Snapshot(), machine.Hash));
        }

        machine.Run(dice.Next(1, 500_000));
        for (var i = 0; i < 25; i++)
        {
            var from = dice.Next(kept.Count);
            machine.Restore(kept[from].Snapshot);
            if (i % 3 > 0) Assert.Equal(kept[from].Hash, machine.Hash);

            var to = dice.Next(from, kept.Count);
            if (kept[to].Snapshot.Steps > machine.Steps) machine.Run(kept[to].Snapshot.Steps - machine.Steps);
            Assert.True(kept[to].Hash == machine.Hash, $"{path}: from {kept[from].Snapshot.Steps} to {kept[to].Snapshot.Steps}");
            if (i % 4 == 0) machine.Snapshot();
        }
    }

    [Fact]
    public void Lower_OfTheSameBinary_GivesTheSameRoot()
    {
        var wasm = File.ReadAllBytes(Path.Combine(Root(), "samples/textstats/textstats.wasm"));

        Assert.Equal(MachineProgram.Lower(wasm)!.Root, MachineProgram.Lower((byte[])wasm.Clone())!.Root);
        Assert.Null(MachineProgram.Lower([0, 1, 2]));
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
