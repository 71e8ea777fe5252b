using System.Runtime.CompilerServices;

namespace Market.Wasm.Machine.Arithmetic;

/// <summary>
/// Probes the calling thread's float mode. Rounding and the treatment of denormals are thread state that any native
/// library may have changed, and a changed mode would make every float result wrong without a sign.
/// </summary>
public static class FloatMode
{
    /// <summary>Null when arithmetic follows IEEE 754 with rounding to nearest even and full denormals; else what is wrong.</summary>
    public static string? FindFault()
    {
        const double Least = double.Epsilon;
        if (BitConverter.DoubleToUInt64Bits(Multiply(2 * Least, 0.5)) != 1) return "denormal doubles are flushed to zero";
        if (BitConverter.DoubleToUInt64Bits(Add(Least, Least)) != 2) return "denormal double operands count as zero";
        if (BitConverter.SingleToUInt32Bits(Multiply(2 * float.Epsilon, 0.5f)) != 1) return "denormal floats are flushed to zero";
        if (!double.IsNaN(Subtract(double.PositiveInfinity, double.PositiveInfinity))) return "infinity minus infinity is not a NaN";

        // Half an ulp above 1 is a tie: to even is down, up from the odd neighbour.
        const double HalfUlp = 1.1102230246251565e-16;
        const double OddNeighbour = 1.0000000000000002;
        if (Add(1, HalfUlp) != 1 || Add(OddNeighbour, HalfUlp) != 1.0000000000000004 || Subtract(-1, HalfUlp) != -1)
        {
            return "rounding is not to nearest even";
        }

        return Subtract(Multiply(3, 0.1), 0.3) == 5.551115123125783e-17 ? null : "double arithmetic keeps extra precision";
    }

    // Not inlined, so that the compiler cannot do the arithmetic itself.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Add(double x, double y) => x + y;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Subtract(double x, double y) => x - y;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Multiply(double x, double y) => x * y;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Multiply(float x, float y) => x * y;
}
