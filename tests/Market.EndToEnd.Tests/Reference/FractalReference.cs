namespace Market.EndToEnd.Tests.Reference;

/// <summary>
/// The picture that the fractal sample renders, computed in C# double arithmetic over the whole image at once. Every
/// operation is one that IEEE 754 defines exactly and the order of operations is the sample's, so equality is expected
/// to the last bit of every pixel.
/// </summary>
internal static class FractalReference
{
    private const int MaxIterations = 1200;

    // Squared intensities.
    private static readonly (double R, double G, double B)[] Palette =
    [
        (0.0, 0.004, 0.06), (0.008, 0.09, 0.42), (0.12, 0.55, 0.85), (0.92, 0.9, 0.78), (0.98, 0.42, 0.02), (0.25, 0.02, 0.015),
    ];

    /// <summary>RGB bytes, row by row from the top.</summary>
    public static byte[] Render(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        Parallel.For(0, height, row => RenderRow(row, width, height, rgb.AsSpan(row * width * 3, width * 3)));
        return rgb;
    }

    private static void RenderRow(int row, int width, int height, Span<byte> rgb)
    {
        var step = 0.0045 / width;
        for (var column = 0; column < width; column++)
        {
            double r = 0, g = 0, b = 0;
            for (var sample = 0; sample < 4; sample++)
            {
                var u = column + (((sample & 1) + 0.5) / 2) - (width * 0.5);
                var v = row + (((sample >> 1) + 0.5) / 2) - (height * 0.5);
                if (Colour(-0.743643887037151 + (u * step), 0.13182590420533 - (v * step)) is not { } colour) continue;
                r += colour.R;
                g += colour.G;
                b += colour.B;
            }

            rgb[3 * column] = ToByte(r);
            rgb[(3 * column) + 1] = ToByte(g);
            rgb[(3 * column) + 2] = ToByte(b);
        }
    }

    // Null inside the set.
    private static (double R, double G, double B)? Colour(double cx, double cy)
    {
        double x = 0, y = 0, dx = 0, dy = 0;
        var n = 0;
        for (; (x * x) + (y * y) <= 1e6; n++)
        {
            if (n == MaxIterations) return null;
            (dx, dy) = ((2 * ((x * dx) - (y * dy))) + 1, 2 * ((x * dy) + (y * dx)));
            (x, y) = ((x * x) - (y * y) + cx, (2 * x * y) + cy);
        }

        var time = n + 1.0 - Log2(0.5 * Log2((x * x) + (y * y)));
        var position = (Log2(time < 1 ? 1 : time) * 2.6) - 14.2;
        var turn = position - (Math.Floor(position / Palette.Length) * Palette.Length);
        var stop = (int)turn % Palette.Length;
        var blend = turn - stop;
        blend = blend * blend * (3 - (2 * blend));
        var (from, to) = (Palette[stop], Palette[(stop + 1) % Palette.Length]);

        // The slope of the escape time, lit from the upper left.
        var square = (dx * dx) + (dy * dy);
        var (ux, uy) = (((x * dx) + (y * dy)) / square, ((y * dx) - (x * dy)) / square);
        var length = Math.Sqrt((ux * ux) + (uy * uy));
        var slope = ((ux / length * -0.7071067811865476) + (uy / length * 0.7071067811865476) + 1.5) / 2.5;
        var light = 0.25 + (0.75 * slope);
        return (light * Mix(from.R, to.R, blend), light * Mix(from.G, to.G, blend), light * Mix(from.B, to.B, blend));
    }

    private static double Mix(double from, double to, double t) => from + (t * (to - from));

    // The sample's own logarithm: a series in (m-1)/(m+1).
    private static double Log2(double x)
    {
        var bits = BitConverter.DoubleToUInt64Bits(x);
        double exponent = (int)(bits >> 52) - 1023;
        var m = BitConverter.UInt64BitsToDouble((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        var s = (m - 1) / (m + 1);
        var series = 1.0 / 11;
        for (var k = 9; k >= 1; k -= 2) series = (series * (s * s)) + (1.0 / k);
        return exponent + (2 * s * series * 1.4426950408889634);
    }

    private static byte ToByte(double sum) => (byte)Math.Min(255, (Math.Sqrt(sum / 4) * 255) + 0.5);
}
