namespace Market.Wasm.Machine.Fast;

/// <summary>A state to come back to. Shares the pages that did not change with the snapshots before and after it.</summary>
public sealed class MachineSnapshot
{
    internal MachineSnapshot(long steps, MachineRegisters registers, MachineHalt? end, byte[]?[] memory, byte[]?[] stack, byte[] output)
    {
        Steps = steps;
        Registers = registers;
        End = end;
        Memory = memory;
        Stack = stack;
        Output = output;
    }

    /// <summary>Steps from the run's first state.</summary>
    public long Steps { get; }

    /// <summary>The state's registers.</summary>
    public MachineRegisters Registers { get; }

    internal MachineHalt? End { get; }

    internal byte[]?[] Memory { get; }

    internal byte[]?[] Stack { get; }

    internal byte[] Output { get; }
}
