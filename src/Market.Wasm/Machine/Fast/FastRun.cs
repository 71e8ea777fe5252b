namespace Market.Wasm.Machine.Fast;

/// <summary>A run to its end on the fast machine, for its result alone.</summary>
public static class FastRun
{
    // A few dozen milliseconds between looks at the cancellation.
    private const long Slice = 1 << 24;

    /// <summary>How a run ends, and what it wrote.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (MachineHalt End, byte[] Output) ToEnd(
        MachineProgram program, MachineParameters parameters, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> stdin, CancellationToken cancel)
    {
        using var machine = new FastMachine(program, parameters, frame, stdin);
        while (machine.Run(Slice) != FastStop.Halted) cancel.ThrowIfCancellationRequested();
        return (machine.End!.Value, machine.Output.ToArray());
    }
}
