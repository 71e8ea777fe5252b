namespace Market.Wasm.Machine.Arithmetic;

/// <summary>
/// Float instructions on the processor's own arithmetic, IEEE 754 with rounding to nearest even. Those that compute give
/// the positive quiet NaN without payload whenever they give a NaN; abs, neg and copysign only move the sign bit.
/// </summary>
public static class FloatArithmetic
{
    private const uint Nan32 = 0x7fc00000;
    private const ulong Nan64 = 0x7ff8000000000000;
    private const uint Sign32 = 1u << 31;
    private const ulong Sign64 = 1UL << 63;

    /// <summary>Computes x op y, or op x; false if it is none of these.</summary>
    public static bool TryCompute(MachineOp op, ulong x, ulong y, out ulong z) =>
        op is (>= MachineOp.F32Eq and <= MachineOp.F32Ge) or (>= MachineOp.F32Abs and <= MachineOp.F32Copysign)
            ? TryCompute32(op, (uint)x, (uint)y, out z)
            : TryCompute64(op, x, y, out z);

    /// <summary>The bits of a computed float, any NaN as the canonical one.</summary>
    public static ulong Bits(float value) => float.IsNaN(value) ? Nan32 : BitConverter.SingleToUInt32Bits(value);

    /// <summary>The bits of a computed float, any NaN as the canonical one.</summary>
    public static ulong Bits(double value) => double.IsNaN(value) ? Nan64 : BitConverter.DoubleToUInt64Bits(value);

    /// <summary>The bits of an f32, any NaN as the canonical one.</summary>
    public static ulong Canonical(uint bits) => float.IsNaN(BitConverter.UInt32BitsToSingle(bits)) ? Nan32 : bits;

    /// <summary>The bits of an f64, any NaN as the canonical one.</summary>
    public static ulong Canonical(ulong bits) => double.IsNaN(BitConverter.UInt64BitsToDouble(bits)) ? Nan64 : bits;

    private static bool TryCompute32(MachineOp op, uint a, uint b, out ulong z)
    {
        var (x, y) = (BitConverter.UInt32BitsToSingle(a), BitConverter.UInt32BitsToSingle(b));
        z = 0;
        switch (op)
        {
            case MachineOp.F32Eq: z = x == y ? 1UL : 0; break;
            case MachineOp.F32Ne: z = x != y ? 1UL : 0; break;
            case MachineOp.F32Lt: z = x < y ? 1UL : 0; break;
            case MachineOp.F32Gt: z = x > y ? 1UL : 0; break;
            case MachineOp.F32Le: z = x <= y ? 1UL : 0; break;
            case MachineOp.F32Ge: z = x >= y ? 1UL : 0; break;
            case MachineOp.F32Abs: z = a & ~Sign32; break;
            case MachineOp.F32Neg: z = a ^ Sign32; break;
            case MachineOp.F32Copysign: z = (a & ~Sign32) | (b & Sign32); break;
            case MachineOp.F32Ceil: z = Bits(MathF.Ceiling(x)); break;
            case MachineOp.F32Floor: z = Bits(MathF.Floor(x)); break;
            case MachineOp.F32Trunc: z = Bits(MathF.Truncate(x)); break;
            case MachineOp.F32Nearest: z = Bits(MathF.Round(x)); break;
            case MachineOp.F32Sqrt: z = Bits(MathF.Sqrt(x)); break;
            case MachineOp.F32Add: z = Bits(x + y); break;
            case MachineOp.F32Sub: z = Bits(x - y); break;
            case MachineOp.F32Mul: z = Bits(x * y); break;
            case MachineOp.F32Div: z = Bits(x / y); break;
            case MachineOp.F32Min: z = Bits(MathF.Min(x, y)); break;
            case MachineOp.F32Max: z = Bits(MathF.Max(x, y)); break;
            default: return false;
        }

        return true;
    }

    private static bool TryCompute64(MachineOp op, ulong a, ulong b, out ulong z)
    {
        var (x, y) = (BitConverter.UInt64BitsToDouble(a), BitConverter.UInt64BitsToDouble(b));
        z = 0;
        switch (op)
        {
            case MachineOp.F64Eq: z = x == y ? 1UL : 0; break;
            case MachineOp.F64Ne: z = x != y ? 1UL : 0; break;
            case MachineOp.F64Lt: z = x < y ? 1UL : 0; break;
            case MachineOp.F64Gt: z = x > y ? 1UL : 0; break;
            case MachineOp.F64Le: z = x <= y ? 1UL : 0; break;
            case MachineOp.F64Ge: z = x >= y ? 1UL : 0; break;
            case MachineOp.F64Abs: z = a & ~Sign64; break;
            case MachineOp.F64Neg: z = a ^ Sign64; break;
            case MachineOp.F64Copysign: z = (a & ~Sign64) | (b & Sign64); break;
            case MachineOp.F64Ceil: z = Bits(Math.Ceiling(x)); break;
            case MachineOp.F64Floor: z = Bits(Math.Floor(x)); break;
            case MachineOp.F64Trunc: z = Bits(Math.Truncate(x)); break;
            case MachineOp.F64Nearest: z = Bits(Math.Round(x)); break;
            case MachineOp.F64Sqrt: z = Bits(Math.Sqrt(x)); break;
            case MachineOp.F64Add: z = Bits(x + y); break;
            case MachineOp.F64Sub: z = Bits(x - y); break;
            case MachineOp.F64Mul: z = Bits(x * y); break;
            case MachineOp.F64Div: z = Bits(x / y); break;
            case MachineOp.F64Min: z = Bits(Math.Min(x, y)); break;
            case MachineOp.F64Max: z = Bits(Math.Max(x, y)); break;
            default: return false;
        }

        return true;
    }
}
