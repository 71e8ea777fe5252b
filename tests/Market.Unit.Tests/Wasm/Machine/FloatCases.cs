namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>Operands on which floating point goes wrong: every special value, its neighbours, and random ones near them.</summary>
internal static class FloatCases
{
    /// <summary>Operations of two operands; the others take one.</summary>
    public static bool IsBinary(ushort op) => op is (>= 0x5b and <= 0x66) or (>= 0x92 and <= 0x98) or (>= 0xa0 and <= 0xa6);

    /// <summary>Whether <paramref name="op"/> takes f32, f64 or an integer.</summary>
    public static char OperandOf(ushort op) => op switch
    {
        (>= 0x5b and <= 0x60) or (>= 0x8b and <= 0x98) or 0xa8 or 0xa9 or 0xae or 0xaf or 0xbb or 0x100 or 0x101 or 0x104 or 0x105 => 'f',
        (>= 0xb2 and <= 0xb5) or (>= 0xb7 and <= 0xba) => 'i',
        _ => 'd',
    };

    public static ulong[] Specials(char operand) => operand switch
    {
        'f' => WithSigns(1UL << 31, Magnitudes(23, 8, 127)),
        'd' => WithSigns(1UL << 63, Magnitudes(52, 11, 1023)),
        _ => [.. Enumerable.Range(0, 64).SelectMany(i => new[] { 1UL << i, (1UL << i) - 1, 0 - (1UL << i), (1UL << i) + 1 }).Distinct()],
    };

    /// <summary>Random bits; as often a random fraction at an exponent that makes the operands meet.</summary>
    public static ulong Draw(Random random, char operand, ulong[] specials)
    {
        var bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        return (random.Next(8), operand) switch
        {
            (0, _) => specials[random.Next(specials.Length)],
            (1, _) => specials[random.Next(specials.Length)] + (ulong)random.Next(-3, 4) & (operand == 'f' ? uint.MaxValue : ulong.MaxValue),
            (<= 4, 'f') => (bits & 0x807fffff) | (ulong)random.Next(127 - 40, 127 + 70) << 23,
            (<= 4, 'd') => (bits & 0x800fffffffffffff) | (ulong)random.Next(1023 - 70, 1023 + 70) << 52,
            (<= 4, _) => bits >> random.Next(64),
            (_, 'f') => (uint)bits,
            _ => bits,
        };
    }

    private static IEnumerable<ulong> Magnitudes(int width, int exponentBits, int bias)
    {
        var one = 1UL << width;
        var infinity = ((1UL << exponentBits) - 1) << width;
        ulong[] fractions = [0, 1, one / 2, (one / 2) + 1, one - 1];
        // Zero and subnormals, the least normal, near one, the ties of rounding, the bounds of integers, the greatest, infinity, NaN.
        int[] fields =
        [
            0, 1, 2, bias - 65, bias - 54, bias - 53, bias - 25, bias - 24, bias - 2, bias - 1, bias, bias + 1, bias + 7, bias + 15,
            bias + 22, bias + 23, bias + 24, bias + 30, bias + 31, bias + 32, bias + 51, bias + 52, bias + 53, bias + 62, bias + 63,
            bias + 64, bias + 65, (2 * bias) - 1, 2 * bias,
        ];
        return fields.Where(field => field >= 0).SelectMany(field => fractions.Select(fraction => ((ulong)field << width) | fraction))
            .Concat([infinity - 1, infinity, infinity + 1, infinity + (one / 2), infinity + (one / 2) + 1, infinity + one - 1]).Distinct();
    }

    private static ulong[] WithSigns(ulong sign, IEnumerable<ulong> magnitudes) => [.. magnitudes.SelectMany(m => new[] { m, m | sign })];
}
