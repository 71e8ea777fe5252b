namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>The same operations by this processor's floating point, with the NaN rule applied to what arithmetic gives.</summary>
internal static class HardwareFloat
{
    public static ulong Compute(ushort op, ulong x, ulong y, out bool trap)
    {
        trap = false;
        return op switch
        {
            >= 0x5b and <= 0x60 => Compare(op - 0x5b, Single(x), Single(y)),
            >= 0x61 and <= 0x66 => Compare(op - 0x61, Double(x), Double(y)),
            >= 0x8b and <= 0x98 => Arithmetic32(op - 0x8b, Single(x), Single(y)),
            >= 0x99 and <= 0xa6 => Arithmetic64(op - 0x99, Double(x), Double(y)),
            >= 0xa8 and <= 0xab or >= 0xae and <= 0xb1 or >= 0x100 and <= 0x107 => Truncate(op, x, out trap),
            0xb2 => Bits((float)(int)x),
            0xb3 => Bits((float)(uint)x),
            0xb4 => Bits((float)(long)x),
            0xb5 => Bits((float)x),
            0xb6 => Canonical((float)Double(x)),
            0xb7 => Bits((double)(int)x),
            0xb8 => Bits((double)(uint)x),
            0xb9 => Bits((double)(long)x),
            0xba => Bits((double)x),
            0xbb => Canonical((double)Single(x)),
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    private static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static double Double(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    private static ulong Bits(float x) => BitConverter.SingleToUInt32Bits(x);

    private static ulong Bits(double x) => BitConverter.DoubleToUInt64Bits(x);

    private static ulong Canonical(float x) => float.IsNaN(x) ? 0x7fc00000 : Bits(x);

    private static ulong Canonical(double x) => double.IsNaN(x) ? 0x7ff8000000000000 : Bits(x);

    private static ulong Compare<T>(int kind, T x, T y)
        where T : System.Numerics.IFloatingPoint<T> =>
        (kind switch { 0 => x == y, 1 => x != y, 2 => x < y, 3 => x > y, 4 => x <= y, _ => x >= y }) ? 1UL : 0;

    private static ulong Arithmetic32(int kind, float x, float y) => kind switch
    {
        0 => Bits(x) & 0x7fffffff,
        1 => Bits(x) ^ 0x80000000,
        2 => Canonical(MathF.Ceiling(x)),
        3 => Canonical(MathF.Floor(x)),
        4 => Canonical(MathF.Truncate(x)),
        5 => Canonical(MathF.Round(x, MidpointRounding.ToEven)),
        6 => Canonical(MathF.Sqrt(x)),
        7 => Canonical(x + y),
        8 => Canonical(x - y),
        9 => Canonical(x * y),
        10 => Canonical(x / y),
        11 => Canonical(MathF.Min(x, y)),
        12 => Canonical(MathF.Max(x, y)),
        _ => (Bits(x) & 0x7fffffff) | (Bits(y) & 0x80000000),
    };

    private static ulong Arithmetic64(int kind, double x, double y) => kind switch
    {
        0 => Bits(x) & long.MaxValue,
        1 => Bits(x) ^ (1UL << 63),
        2 => Canonical(Math.Ceiling(x)),
        3 => Canonical(Math.Floor(x)),
        4 => Canonical(Math.Truncate(x)),
        5 => Canonical(Math.Round(x, MidpointRounding.ToEven)),
        6 => Canonical(Math.Sqrt(x)),
        7 => Canonical(x + y),
        8 => Canonical(x - y),
        9 => Canonical(x * y),
        10 => Canonical(x / y),
        11 => Canonical(Math.Min(x, y)),
        12 => Canonical(Math.Max(x, y)),
        _ => (Bits(x) & long.MaxValue) | (Bits(y) & (1UL << 63)),
    };

    /// <summary>By exact decimal bounds; every f32 is an f64 of the same value.</summary>
    private static ulong Truncate(ushort op, ulong x, out bool trap)
    {
        var kind = op >= 0x104 ? op - 0x104 : op >= 0x100 ? op - 0x100 : op >= 0xae ? op - 0xae : op - 0xa8;
        var wide = op is >= 0x104 or (>= 0xae and <= 0xb1);
        var value = Math.Truncate(kind >= 2 ? Double(x) : Single(x));
        var (least, beyond) = (wide, kind % 2 == 0) switch
        {
            (false, true) => (-2147483648.0, 2147483648.0),
            (false, false) => (0.0, 4294967296.0),
            (true, true) => (-9223372036854775808.0, 9223372036854775808.0),
            _ => (0.0, 18446744073709551616.0),
        };
        var fits = value >= least && value < beyond;
        trap = !fits && op < 0x100;
        if (trap || double.IsNaN(value)) return 0;
        if (!fits)
        {
            return (wide, kind % 2 == 0, value < 0) switch
            {
                (false, true, true) => 0x80000000,
                (false, true, false) => 0x7fffffff,
                (false, false, false) => 0xffffffff,
                (true, true, true) => 1UL << 63,
                (true, true, false) => long.MaxValue,
                (true, false, false) => ulong.MaxValue,
                _ => 0,
            };
        }

        return (wide, kind % 2 == 0) switch
        {
            (false, true) => (uint)(int)value,
            (false, false) => (uint)value,
            (true, true) => (ulong)(long)value,
            _ => (ulong)value,
        };
    }
}
