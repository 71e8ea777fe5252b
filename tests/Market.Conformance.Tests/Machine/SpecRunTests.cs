using Market.Conformance.Tests.Engines;
using Market.Conformance.Tests.Generation;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Conformance.Tests.Machine;

/// <summary>Generated programs, step by step, against Wasmtime.</summary>
public sealed class SpecRunTests
{
    private const int Programs = 40;
    private const long Fuel = 20_000;

    private static readonly byte[] Stdin = [.. Enumerable.Range(0, 300).Select(i => (byte)(7 * i))];

    [Fact]
    public void Specification_OnGeneratedPrograms_EndsAsWasmtimeDoes()
    {
        Settings.OnDeepStack(() =>
        {
            using var engine = new WasmtimeEngine();
            for (var seed = 0UL; seed < Programs; seed++)
            {
                var wasm = ProgramGenerator.Generate(seed);
                using var module = engine.Compile(Wat.Canonical(wasm).Bytes.Span);
                var expected = engine.Run(module, Wat.Input(Stdin, "program"), Fuel);

                var (outcome, steps) = Run(MachineProgram.Lower(wasm)!);

                Assert.True(expected == outcome, $"seed {seed}: {expected} against {outcome}");
                Assert.True(steps <= outcome.Fuel + Slack, $"seed {seed}: {steps} steps for {outcome.Fuel} fuel");
            }

            return 0;
        });
    }

    // The last block may overdraw, and the frame of the program itself is not charged.
    private const long Slack = 4_096;

    private static (Outcome Outcome, long Steps) Run(MachineProgram program)
    {
        var input = Wat.Input(Stdin, "program");
        var frame = input[..^Stdin.Length];
        var parameters = program.Parameters(frame.Length, Stdin.Length, (ulong)Fuel, 65_536, 1 << 26)!;
        var state = SpecState.Start(program, parameters, frame, Stdin);
        var steps = 0L;
        for (; state.End is null; steps++) state.Step();
        var memory = new byte[state.Registers.Pages << 16];
        var content = state.Content(MachineTree.Memory);
        content[..Math.Min(memory.Length, content.Length)].CopyTo(memory);
        var end = state.End.Value;
        return (
            new Outcome(
                end.Status == MachineHalt.Exited ? RunStatus.Exit : RunStatus.Trap,
                end.ExitCode,
                (long)end.FuelUsed,
                Outcome.Digest(state.Content(MachineTree.Output)[..(int)end.Output.Length]),
                Outcome.Digest(memory)),
            steps);
    }
}
