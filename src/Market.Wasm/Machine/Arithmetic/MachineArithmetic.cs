namespace Market.Wasm.Machine.Arithmetic;

/// <summary>
/// The numeric instructions as functions of one or two slots. An i32 or f32 is the low half of its slot: operands' high
/// halves are ignored, results' are zero.
/// </summary>
public static class MachineArithmetic
{
    /// <summary>Operands of a numeric instruction; 0 for any other number.</summary>
    public static int Operands(MachineOp op) => op switch
    {
        MachineOp.I32Eqz or MachineOp.I64Eqz => 1,
        >= MachineOp.I32Eqz and <= MachineOp.F64Ge => 2,
        >= MachineOp.I32Clz and <= MachineOp.I32Popcnt or >= MachineOp.I64Clz and <= MachineOp.I64Popcnt => 1,
        >= MachineOp.I32Add and <= MachineOp.I64Rotr => 2,
        >= MachineOp.F32Abs and <= MachineOp.F32Sqrt or >= MachineOp.F64Abs and <= MachineOp.F64Sqrt => 1,
        >= MachineOp.F32Add and <= MachineOp.F64Copysign => 2,
        >= MachineOp.I32WrapI64 and <= MachineOp.I64Extend32S or >= MachineOp.I32TruncSatF32S and <= MachineOp.I64TruncSatF64U => 1,
        _ => 0,
    };

    /// <summary>Computes x op y, or op x; false if the instruction traps or is not numeric.</summary>
    public static bool TryCompute(MachineOp op, ulong x, ulong y, out ulong z) => op switch
    {
        < MachineOp.F32Eq => IntegerArithmetic.TryCompute(op, x, y, out z),
        <= MachineOp.F64Ge => FloatArithmetic.TryCompute(op, x, y, out z),
        < MachineOp.F32Abs or MachineOp.I32WrapI64 or MachineOp.I64ExtendI32S or MachineOp.I64ExtendI32U
            or (>= MachineOp.I32ReinterpretF32 and <= MachineOp.I64Extend32S) => IntegerArithmetic.TryCompute(op, x, y, out z),
        <= MachineOp.F64Copysign => FloatArithmetic.TryCompute(op, x, y, out z),
        _ => FloatConversion.TryCompute(op, x, out z),
    };
}
