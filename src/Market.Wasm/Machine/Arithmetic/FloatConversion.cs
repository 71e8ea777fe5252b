namespace Market.Wasm.Machine.Arithmetic;

/// <summary>
/// Conversions between floats and integers. Ranges are tested before the processor converts, so nothing depends on what
/// it makes of values that do not fit.
/// </summary>
public static class FloatConversion
{
    private const double TwoTo31 = 2147483648.0;
    private const double TwoTo32 = 4294967296.0;
    private const double TwoTo63 = 9223372036854775808.0;
    private const double TwoTo64 = 18446744073709551616.0;

    /// <summary>Converts x; false if the conversion traps or <paramref name="op"/> is none.</summary>
    public static bool TryCompute(MachineOp op, ulong x, out ulong z)
    {
        var single = BitConverter.UInt32BitsToSingle((uint)x);
        var number = BitConverter.UInt64BitsToDouble(x);
        switch (op)
        {
            // Every float is a double, so one test of ranges serves both.
            case MachineOp.I32TruncF32S: return TruncateSigned32(single, false, out z);
            case MachineOp.I32TruncF32U: return TruncateUnsigned32(single, false, out z);
            case MachineOp.I32TruncF64S: return TruncateSigned32(number, false, out z);
            case MachineOp.I32TruncF64U: return TruncateUnsigned32(number, false, out z);
            case MachineOp.I64TruncF32S: return TruncateSigned64(single, false, out z);
            case MachineOp.I64TruncF32U: return TruncateUnsigned64(single, false, out z);
            case MachineOp.I64TruncF64S: return TruncateSigned64(number, false, out z);
            case MachineOp.I64TruncF64U: return TruncateUnsigned64(number, false, out z);
            case MachineOp.I32TruncSatF32S: return TruncateSigned32(single, true, out z);
            case MachineOp.I32TruncSatF32U: return TruncateUnsigned32(single, true, out z);
            case MachineOp.I32TruncSatF64S: return TruncateSigned32(number, true, out z);
            case MachineOp.I32TruncSatF64U: return TruncateUnsigned32(number, true, out z);
            case MachineOp.I64TruncSatF32S: return TruncateSigned64(single, true, out z);
            case MachineOp.I64TruncSatF32U: return TruncateUnsigned64(single, true, out z);
            case MachineOp.I64TruncSatF64S: return TruncateSigned64(number, true, out z);
            case MachineOp.I64TruncSatF64U: return TruncateUnsigned64(number, true, out z);
            case MachineOp.F32ConvertI32S: z = FloatArithmetic.Bits((float)(int)x); return true;
            case MachineOp.F32ConvertI32U: z = FloatArithmetic.Bits((float)(long)(uint)x); return true;
            case MachineOp.F32ConvertI64S: z = FloatArithmetic.Bits((float)(long)x); return true;
            case MachineOp.F32ConvertI64U: z = FloatArithmetic.Bits(ToSingle(x)); return true;
            case MachineOp.F32DemoteF64: z = FloatArithmetic.Bits((float)number); return true;
            case MachineOp.F64ConvertI32S: z = FloatArithmetic.Bits((double)(int)x); return true;
            case MachineOp.F64ConvertI32U: z = FloatArithmetic.Bits((double)(uint)x); return true;
            case MachineOp.F64ConvertI64S: z = FloatArithmetic.Bits((double)(long)x); return true;
            case MachineOp.F64ConvertI64U: z = FloatArithmetic.Bits(ToDouble(x)); return true;
            case MachineOp.F64PromoteF32: z = FloatArithmetic.Bits((double)single); return true;
            default:
                z = 0;
                return false;
        }
    }

    /// <summary>The nearest float. Halving with the lost bit kept rounds as the whole does, and a signed conversion is exact everywhere.</summary>
    public static float ToSingle(ulong x) => (long)x >= 0 ? (float)(long)x : 2f * (float)(long)((x >> 1) | (x & 1));

    /// <summary>The nearest double, likewise.</summary>
    public static double ToDouble(ulong x) => (long)x >= 0 ? (double)(long)x : 2.0 * (double)(long)((x >> 1) | (x & 1));

    private static bool TruncateSigned32(double x, bool saturate, out ulong z)
    {
        var fits = x is > -TwoTo31 - 1 and < TwoTo31;
        z = fits ? (uint)(int)x : double.IsNaN(x) ? 0 : x < 0 ? 0x80000000u : 0x7fffffffu;
        return fits || saturate;
    }

    private static bool TruncateUnsigned32(double x, bool saturate, out ulong z)
    {
        var fits = x is > -1 and < TwoTo32;
        z = fits ? (uint)(long)x : x > 0 ? uint.MaxValue : 0u;
        return fits || saturate;
    }

    private static bool TruncateSigned64(double x, bool saturate, out ulong z)
    {
        var fits = x is >= -TwoTo63 and < TwoTo63;
        z = fits ? (ulong)(long)x : double.IsNaN(x) ? 0 : x < 0 ? 1UL << 63 : long.MaxValue;
        return fits || saturate;
    }

    private static bool TruncateUnsigned64(double x, bool saturate, out ulong z)
    {
        var fits = x is > -1 and < TwoTo64;
        z = fits ? (x < TwoTo63 ? (ulong)(long)x : (ulong)(long)(x - TwoTo63) | 1UL << 63) : x > 0 ? ulong.MaxValue : 0;
        return fits || saturate;
    }
}
