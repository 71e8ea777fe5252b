using System.Diagnostics;

namespace Market.Wasm.Machine;

/// <summary>
/// One of the two binary formats of IEEE 754, as integers: takes numbers apart and rounds to them, to nearest, ties to even.
/// A finite number is (-1)^sign · significand · 2^exponent.
/// </summary>
/// <param name="Width">Bits of the fraction field.</param>
/// <param name="Least">Exponent of the last place of subnormal numbers.</param>
/// <param name="SignBit">The sign's bit.</param>
internal sealed record SoftFloatFormat(int Width, int Least, ulong SignBit)
{
    public static readonly SoftFloatFormat Single = new(23, -149, 1UL << 31);

    public static readonly SoftFloatFormat Double = new(52, -1074, 1UL << 63);

    /// <summary>Positive infinity; greater magnitudes are NaN.</summary>
    public ulong Infinity { get; } = SignBit - (1UL << Width);

    /// <summary>The one NaN that arithmetic gives.</summary>
    public ulong CanonicalNan { get; } = SignBit - (1UL << (Width - 1));

    public ulong Magnitude(ulong bits) => bits & (SignBit - 1);

    public bool IsNan(ulong bits) => Magnitude(bits) > Infinity;

    public bool IsNegative(ulong bits) => (bits & SignBit) != 0;

    /// <summary>A number's place in the order of numbers; both zeros are 0. Not for NaN.</summary>
    public long Rank(ulong bits) => IsNegative(bits) ? -(long)Magnitude(bits) : (long)Magnitude(bits);

    /// <summary>Takes finite <paramref name="bits"/> apart. The significand has at most Width + 1 bits.</summary>
    public (bool Negative, int Exponent, ulong Significand) Unpack(ulong bits)
    {
        var fraction = bits & ((1UL << Width) - 1);
        var field = (int)(Magnitude(bits) >> Width);
        return field == 0
            ? (IsNegative(bits), Least, fraction)
            : (IsNegative(bits), Least + field - 1, fraction | (1UL << Width));
    }

    /// <summary>Like <see cref="Unpack"/>, with the significand of a number other than zero filling its Width + 1 bits.</summary>
    public (bool Negative, int Exponent, ulong Significand) UnpackNormal(ulong bits)
    {
        var (negative, exponent, significand) = Unpack(bits);
        var shift = System.Numerics.BitOperations.LeadingZeroCount(significand) - (63 - Width);
        return significand == 0 ? (negative, exponent, 0) : (negative, exponent - shift, significand << shift);
    }

    /// <summary>Rounds to a number: zero, subnormal, normal or infinite.</summary>
    public ulong Pack(bool negative, int exponent, UInt128 significand)
    {
        var sign = negative ? SignBit : 0;
        if (significand == 0) return sign;
        var top = 127 - (int)UInt128.LeadingZeroCount(significand);
        var place = Math.Max(top + exponent - Width, Least);
        ulong kept;
        if (place <= exponent)
        {
            kept = (ulong)(significand << (exponent - place));
        }
        else if (place - exponent > 127)
        {
            kept = 0;
            Debug.Assert(top < 127, "at most 127 bits, so that what is dropped whole is below one half");
        }
        else
        {
            var half = UInt128.One << (place - exponent - 1);
            var rest = significand & ((half << 1) - 1);
            kept = (ulong)(significand >> (place - exponent));
            if (rest > half || (rest == half && (kept & 1) == 1)) kept++;
        }

        // A normal significand's leading bit adds one to the exponent field; so does a carry out of rounding.
        // The largest place is far below 2^11 fields above Least, except where the result is infinite anyway.
        var fields = (UInt128)(uint)(place - Least) << Width;
        return sign | (ulong)UInt128.Min(fields + kept, Infinity);
    }
}
