namespace Market.Wasm.Machine;

/// <summary>
/// Exact integer work on unpacked numbers in at most 120 bits, with one sticky bit for everything below; one rounding at the end.
/// </summary>
internal static class SoftFloatArithmetic
{
    // More than the 53 + 2 places that rounding looks at; a 53-bit significand shifted by it still fits 128 bits.
    private const int StickyShift = 60;

    public static ulong Add(ulong x, ulong y, SoftFloatFormat f)
    {
        if (f.IsNan(x) || f.IsNan(y)) return f.CanonicalNan;
        var (xInfinite, yInfinite) = (f.Magnitude(x) == f.Infinity, f.Magnitude(y) == f.Infinity);
        if (xInfinite && yInfinite && x != y) return f.CanonicalNan;
        if (xInfinite) return x;
        if (yInfinite) return y;

        var (high, low) = (f.Unpack(x), f.Unpack(y));
        if (high.Exponent < low.Exponent) (high, low) = (low, high);
        var (m, n, exponent) = ((UInt128)high.Significand, (UInt128)low.Significand, low.Exponent);
        if (high.Exponent - low.Exponent > StickyShift)
        {
            // Too far below to matter but for its being there: between zero and half a last place.
            n = n == 0 ? n : UInt128.One;
            exponent = high.Exponent - StickyShift;
        }

        m <<= high.Exponent - exponent;
        if (high.Negative == low.Negative) return f.Pack(high.Negative, exponent, m + n);
        if (m == n) return 0;
        return m > n ? f.Pack(high.Negative, exponent, m - n) : f.Pack(low.Negative, exponent, n - m);
    }

    public static ulong Multiply(ulong x, ulong y, SoftFloatFormat f)
    {
        var (a, b, sign) = (f.Magnitude(x), f.Magnitude(y), (x ^ y) & f.SignBit);
        if (f.IsNan(x) || f.IsNan(y) || (a == f.Infinity && b == 0) || (b == f.Infinity && a == 0)) return f.CanonicalNan;
        if (a == f.Infinity || b == f.Infinity) return f.Infinity | sign;
        var (p, q) = (f.Unpack(x), f.Unpack(y));
        return f.Pack(sign != 0, p.Exponent + q.Exponent, (UInt128)p.Significand * q.Significand);
    }

    public static ulong Divide(ulong x, ulong y, SoftFloatFormat f)
    {
        var (a, b, sign) = (f.Magnitude(x), f.Magnitude(y), (x ^ y) & f.SignBit);
        if (f.IsNan(x) || f.IsNan(y) || (a == f.Infinity && b == f.Infinity) || (a == 0 && b == 0)) return f.CanonicalNan;
        if (a == f.Infinity || b == 0) return f.Infinity | sign;
        if (b == f.Infinity) return sign;
        var (p, q) = (f.UnpackNormal(x), f.UnpackNormal(y));
        var dividend = (UInt128)p.Significand << StickyShift;
        var quotient = dividend / q.Significand;
        if (quotient * q.Significand != dividend) quotient |= 1;
        return f.Pack(sign != 0, p.Exponent - q.Exponent - StickyShift, quotient);
    }

    public static ulong SquareRoot(ulong x, SoftFloatFormat f)
    {
        if (f.IsNan(x)) return f.CanonicalNan;
        if (f.Magnitude(x) == 0 || x == f.Infinity) return x;
        if (f.IsNegative(x)) return f.CanonicalNan;
        var (_, exponent, significand) = f.UnpackNormal(x);
        var shift = StickyShift + (exponent & 1);
        var scaled = (UInt128)significand << shift;
        var root = IntegerRoot(scaled);
        if (root * root != scaled) root |= 1;
        return f.Pack(negative: false, (exponent - shift) >> 1, root);
    }

    /// <summary>To an integral number: mode 0 up, 1 down, 2 towards zero, 3 to nearest, ties to even.</summary>
    public static ulong Round(ulong x, int mode, SoftFloatFormat f)
    {
        if (f.IsNan(x)) return f.CanonicalNan;
        if (f.Magnitude(x) == 0 || f.Magnitude(x) == f.Infinity) return x;
        var (negative, exponent, significand) = f.Unpack(x);
        if (exponent >= 0) return x;
        // Beyond 63 places a number is far below one half, as it is at 63: the significand has at most 53 bits.
        var shift = Math.Min(-exponent, 63);
        var half = 1UL << (shift - 1);
        var rest = significand & ((half << 1) - 1);
        significand >>= shift;
        var up = mode switch
        {
            0 => rest != 0 && !negative,
            1 => rest != 0 && negative,
            2 => false,
            _ => rest > half || (rest == half && (significand & 1) == 1),
        };
        return f.Pack(negative, 0, up ? significand + 1 : significand);
    }

    /// <summary>The integer towards zero, in two's complement; outside the range the nearest bound, for NaN zero.</summary>
    public static (ulong Value, bool Fits) ToInteger(ulong x, int bits, bool signed, SoftFloatFormat f)
    {
        if (f.IsNan(x)) return (0, false);
        var size = UInt128.MaxValue;
        if (f.Magnitude(x) != f.Infinity)
        {
            var (_, exponent, significand) = f.Unpack(x);
            if (exponent <= 0) size = significand >> Math.Min(-exponent, 63);
            else if (significand == 0) size = 0;
            else if (exponent <= 64) size = (UInt128)significand << exponent;
        }

        var negative = f.IsNegative(x);
        var bound = negative
            ? signed ? UInt128.One << (bits - 1) : 0
            : (UInt128.One << (signed ? bits - 1 : bits)) - 1;
        var fits = size <= bound;
        var value = (ulong)(fits ? size : bound);
        if (negative) value = 0 - value;
        return (bits == 32 ? (uint)value : value, fits);
    }

    /// <summary>Greatest integer whose square is at most <paramref name="value"/>, which is below 2^126.</summary>
    private static UInt128 IntegerRoot(UInt128 value)
    {
        // From above, Newton's steps fall until they reach the root.
        var root = UInt128.One << ((128 - (int)UInt128.LeadingZeroCount(value) + 1) / 2);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }
}
