namespace Market.Wasm.Machine;

/// <summary>
/// WebAssembly's f32 and f64 operations (core specification 2.0, 4.3.3 and 4.3.4) on integers alone, the form that the dispute
/// contracts mirror. Whoever runs it needs no trust in a host's floating point. Operations go by their byte in the binary
/// format, saturating truncations by 0x100 + their second byte; values of 32 bits stand in the low bits of a slot, higher bits
/// of operands are ignored and those of results are zero. Arithmetic results that are NaN are the canonical one.
/// </summary>
internal static class SoftFloat
{
    private static readonly SoftFloatFormat F32 = SoftFloatFormat.Single;
    private static readonly SoftFloatFormat F64 = SoftFloatFormat.Double;

    /// <summary>Whether <paramref name="op"/> is one of the operations here.</summary>
    public static bool Knows(ushort op) => op is (>= 0x5b and <= 0x66) or (>= 0x8b and <= 0xa6) or (>= 0xa8 and <= 0xab)
        or (>= 0xae and <= 0xbb) or (>= 0x100 and <= 0x107);

    /// <summary>
    /// <paramref name="op"/>(<paramref name="x"/>, <paramref name="y"/>); operations of one operand take x. Truncations outside
    /// the range and unknown operations trap and give zero.
    /// </summary>
    public static ulong Compute(ushort op, ulong x, ulong y, out bool trap)
    {
        trap = false;
        switch (op)
        {
            case >= 0x5b and <= 0x60: return Compare(op - 0x5b, (uint)x, (uint)y, F32);
            case >= 0x61 and <= 0x66: return Compare(op - 0x61, x, y, F64);
            case >= 0x8b and <= 0x98: return Arithmetic(op - 0x8b, (uint)x, (uint)y, F32);
            case >= 0x99 and <= 0xa6: return Arithmetic(op - 0x99, x, y, F64);
            case >= 0xa8 and <= 0xab: return Truncate(op - 0xa8, x, 32, saturate: false, out trap);
            case >= 0xae and <= 0xb1: return Truncate(op - 0xae, x, 64, saturate: false, out trap);
            case >= 0x100 and <= 0x103: return Truncate(op - 0x100, x, 32, saturate: true, out trap);
            case >= 0x104 and <= 0x107: return Truncate(op - 0x104, x, 64, saturate: true, out trap);
            case >= 0xb2 and <= 0xb5: return Convert(op - 0xb2, x, F32);
            case 0xb6: return Resize(x, F64, F32);
            case >= 0xb7 and <= 0xba: return Convert(op - 0xb7, x, F64);
            case 0xbb: return Resize((uint)x, F32, F64);
            default:
                trap = true;
                return 0;
        }
    }

    private static ulong Compare(int kind, ulong x, ulong y, SoftFloatFormat f)
    {
        if (f.IsNan(x) || f.IsNan(y)) return kind == 1 ? 1UL : 0;
        var (a, b) = (f.Rank(x), f.Rank(y));
        var holds = kind switch { 0 => a == b, 1 => a != b, 2 => a < b, 3 => a > b, 4 => a <= b, _ => a >= b };
        return holds ? 1UL : 0;
    }

    private static ulong Arithmetic(int kind, ulong x, ulong y, SoftFloatFormat f) => kind switch
    {
        // Of bits, not of numbers: NaN stays as it is.
        0 => f.Magnitude(x),
        1 => x ^ f.SignBit,
        13 => f.Magnitude(x) | (y & f.SignBit),
        >= 2 and <= 5 => SoftFloatArithmetic.Round(x, kind - 2, f),
        6 => SoftFloatArithmetic.SquareRoot(x, f),
        7 => SoftFloatArithmetic.Add(x, y, f),
        8 => SoftFloatArithmetic.Add(x, y ^ f.SignBit, f),
        9 => SoftFloatArithmetic.Multiply(x, y, f),
        10 => SoftFloatArithmetic.Divide(x, y, f),
        _ => Extreme(x, y, kind == 12, f),
    };

    /// <summary>Of two zeros the negative is the lesser.</summary>
    private static ulong Extreme(ulong x, ulong y, bool greater, SoftFloatFormat f)
    {
        if (f.IsNan(x) || f.IsNan(y)) return f.CanonicalNan;
        var (a, b) = (f.Rank(x), f.Rank(y));
        if (a == b) return greater ? x & y : x | y;
        return a > b == greater ? x : y;
    }

    private static ulong Resize(ulong x, SoftFloatFormat from, SoftFloatFormat to)
    {
        if (from.IsNan(x)) return to.CanonicalNan;
        var sign = from.IsNegative(x) ? to.SignBit : 0;
        if (from.Magnitude(x) == from.Infinity) return to.Infinity | sign;
        var (negative, exponent, significand) = from.Unpack(x);
        return to.Pack(negative, exponent, significand);
    }

    /// <summary>From i32 signed, i32 unsigned, i64 signed, i64 unsigned.</summary>
    private static ulong Convert(int kind, ulong x, SoftFloatFormat f)
    {
        var signed = kind switch { 0 => (int)x, 1 => (uint)x, _ => (long)x };
        if (kind == 3) return f.Pack(negative: false, 0, x);
        return signed < 0 ? f.Pack(negative: true, 0, (ulong)-signed) : f.Pack(negative: false, 0, (ulong)signed);
    }

    /// <summary>
    /// From f32 signed, f32 unsigned, f64 signed, f64 unsigned, towards zero. Outside the range of <paramref name="bits"/>
    /// bits: the nearest bound (NaN gives 0) if it shall saturate, else a trap.
    /// </summary>
    private static ulong Truncate(int kind, ulong x, int bits, bool saturate, out bool trap)
    {
        var f = kind >= 2 ? F64 : F32;
        if (kind < 2) x = (uint)x;
        var (z, fits) = SoftFloatArithmetic.ToInteger(x, bits, kind % 2 == 0, f);
        trap = !fits && !saturate;
        return trap ? 0 : z;
    }
}
