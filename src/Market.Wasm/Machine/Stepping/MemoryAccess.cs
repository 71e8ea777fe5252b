namespace Market.Wasm.Machine.Stepping;

/// <summary>Widths of loads and stores.</summary>
internal static class MemoryAccess
{
    /// <summary>Bytes that a load or store moves.</summary>
    public static int Size(MachineOp op) => op switch
    {
        MachineOp.I32Load8S or MachineOp.I32Load8U or MachineOp.I64Load8S or MachineOp.I64Load8U or MachineOp.I32Store8 or MachineOp.I64Store8 => 1,
        MachineOp.I32Load16S or MachineOp.I32Load16U or MachineOp.I64Load16S or MachineOp.I64Load16U or MachineOp.I32Store16 or MachineOp.I64Store16 => 2,
        MachineOp.I64Load or MachineOp.F64Load or MachineOp.I64Store or MachineOp.F64Store => 8,
        _ => 4,
    };

    /// <summary>The slot that a load leaves, from the bytes it read, zero-extended.</summary>
    public static ulong Extend(MachineOp op, ulong value) => op switch
    {
        MachineOp.I32Load8S => (uint)(sbyte)value,
        MachineOp.I32Load16S => (uint)(short)value,
        MachineOp.I64Load8S => (ulong)(sbyte)value,
        MachineOp.I64Load16S => (ulong)(short)value,
        MachineOp.I64Load32S => (ulong)(int)value,
        _ => value,
    };
}
