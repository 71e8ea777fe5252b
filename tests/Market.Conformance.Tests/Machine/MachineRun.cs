using Market.Conformance.Tests.Engines;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;
using Market.Wasm.Machine.Stepping;

namespace Market.Conformance.Tests.Machine;

/// <summary>One run of a program, in the fast machine or by the specification.</summary>
internal sealed class MachineRun
{
    /// <summary>Output that the Wasmtime engine of these tests allows.</summary>
    private const uint OutputLimit = 1 << 26;

    private readonly MachineProgram _program;
    private readonly MachineParameters _parameters;
    private readonly byte[] _frame;
    private readonly byte[] _stdin;

    /// <param name="wasm">A binary that the canonicaliser accepts.</param>
    /// <param name="input">Frame and stdin.</param>
    /// <param name="stdinLength">Bytes of stdin.</param>
    /// <param name="fuel">Fuel limit.</param>
    public MachineRun(byte[] wasm, byte[] input, int stdinLength, long fuel)
    {
        _program = MachineProgram.Lower(wasm) ?? throw new InvalidOperationException("does not lower");
        _frame = input[..^stdinLength];
        _stdin = input[(input.Length - stdinLength)..];
        _parameters = _program.Parameters(_frame.Length, stdinLength, (ulong)fuel, 65_536, OutputLimit)!;
    }

    public FastMachine Fast() => new(_program, _parameters, _frame, _stdin);

    public SpecState Spec() => SpecState.Start(_program, _parameters, _frame, _stdin);

    public static Outcome ToEnd(FastMachine machine)
    {
        while (machine.Run(long.MaxValue / 4) != FastStop.Halted)
        {
        }

        return End(machine.End!.Value, machine.Output, machine.Memory(0, (int)machine.Registers.Pages << 16));
    }

    public static Outcome ToEnd(SpecState state)
    {
        while (state.End is null) state.Step();
        var memory = new byte[state.Registers.Pages << 16];
        var content = state.Content(MachineTree.Memory);
        content[..Math.Min(memory.Length, content.Length)].CopyTo(memory);
        return End(state.End.Value, state.Content(MachineTree.Output)[..(int)state.End.Value.Output.Length], memory);
    }

    private static Outcome End(MachineHalt end, ReadOnlySpan<byte> output, ReadOnlySpan<byte> memory)
    {
        Assert.Equal(Market.Hashing.BlobName.Of(output), end.Output);
        var status = end.Status == MachineHalt.Exited ? RunStatus.Exit : RunStatus.Trap;
        return new Outcome(status, end.ExitCode, (long)end.FuelUsed, Outcome.Digest(output), Outcome.Digest(memory));
    }
}
