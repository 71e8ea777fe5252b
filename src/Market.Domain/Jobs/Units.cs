using System.Globalization;

namespace Market.Domain.Jobs;

/// <summary>A size in bytes.</summary>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ];

    /// <summary>Reads a whole number and a unit: "256MiB", "16 kB". A bare number is refused.</summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        if (!Quantity.TrySplit(text, out var number, out var unit)) return false;
        foreach (var (name, factor) in Units)
        {
            if (!unit.Equals(name, StringComparison.Ordinal)) continue;
            if (!Quantity.TryScale(number, (ulong)factor, long.MaxValue, out var bytes)) return false;
            size = new ByteSize((long)bytes);
            return true;
        }

        return false;
    }

    /// <summary>With the largest binary unit that divides it: "256MiB".</summary>
    public override string ToString()
    {
        var (value, unit) = Bytes switch
        {
            0 => (0, "B"),
            _ when Bytes % (1L << 30) == 0 => (Bytes >> 30, "GiB"),
            _ when Bytes % (1L << 20) == 0 => (Bytes >> 20, "MiB"),
            _ when Bytes % (1L << 10) == 0 => (Bytes >> 10, "KiB"),
            _ => (Bytes, "B"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
    }
}

/// <summary>An amount of fuel, the unit of metering, pricing and proving.</summary>
public readonly record struct Fuel(ulong Units)
{
    /// <summary>Fuel in a Mfuel, the unit of terms.</summary>
    public const ulong PerMfuel = 1_000_000;

    private static readonly (string Unit, ulong Factor)[] Prefixes = [("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000)];

    /// <summary>In Mfuel, rounded up.</summary>
    public ulong MfuelUp => (Units / PerMfuel) + (Units % PerMfuel == 0 ? 0UL : 1UL);

    /// <summary>Reads a number with one of k, M, G, T: "20G", "0.5 G". A bare number is refused.</summary>
    public static bool TryParse(string? text, out Fuel fuel)
    {
        fuel = default;
        if (!Quantity.TrySplit(text, out var number, out var unit)) return false;
        foreach (var (name, factor) in Prefixes)
        {
            if (!unit.Equals(name, StringComparison.Ordinal)) continue;
            if (!Quantity.TryScale(number, factor, long.MaxValue, out var units)) return false;
            fuel = new Fuel(units);
            return true;
        }

        return false;
    }

    /// <summary>Three significant digits and a prefix: "1.84G".</summary>
    public override string ToString()
    {
        foreach (var (name, factor) in Prefixes.Reverse())
        {
            if (Units < factor) continue;
            var hundredths = (ulong)((UInt128)Units * 100 / factor);
            var text = hundredths switch
            {
                >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}"),
                >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}.{hundredths / 10 % 10}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}.{hundredths % 100:00}"),
            };
            return (text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text) + name;
        }

        return Units.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>Lengths of time as job files write them.</summary>
public static class Duration
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Reads "10m", "1h30m", "90s", "7d": whole numbers with d, h, m, s, larger units first, at most a year.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = (text ?? "").AsSpan().Trim();
        if (rest.IsEmpty) return false;
        var previous = TimeSpan.MaxValue;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9) return false;
            TimeSpan? unit = rest[digits] switch
            {
                'd' => TimeSpan.FromDays(1),
                'h' => TimeSpan.FromHours(1),
                'm' => TimeSpan.FromMinutes(1),
                's' => TimeSpan.FromSeconds(1),
                _ => null,
            };
            if (unit is not { } one || one >= previous) return false;
            var count = long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            if (count > Longest / one) return false;
            duration += one * count;
            previous = one;
            rest = rest[(digits + 1)..];
        }

        return duration <= Longest;
    }

    /// <summary>Writes what <see cref="TryParse"/> reads, in whole seconds rounded up.</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)Math.Ceiling(duration.TotalSeconds);
        if (seconds <= 0) return "0s";
        var text = "";
        foreach (var (size, unit) in ((long, char)[])[(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')])
        {
            if (seconds >= size) text += string.Create(CultureInfo.InvariantCulture, $"{seconds / size}{unit}");
            seconds %= size;
        }

        return text;
    }
}

/// <summary>Splits a number from its unit, exactly.</summary>
internal static class Quantity
{
    public static bool TrySplit(string? text, out Money.DecimalAmount number, out string unit)
    {
        // The unit is letters only, which is what an amount's symbol is too.
        var read = Money.DecimalAmount.TryParse(text, out number);
        unit = number.Symbol ?? "";
        return read;
    }

    /// <summary>number × factor if it is whole and at most <paramref name="max"/>.</summary>
    public static bool TryScale(Money.DecimalAmount number, ulong factor, ulong max, out ulong value)
    {
        value = 0;
        if (number.Digits > ulong.MaxValue || number.Scale > 18) return false;
        var product = number.Digits * factor;
        var divisor = Money.Asset.PowerOfTen(number.Scale);
        if (product % divisor != 0 || product / divisor > max) return false;
        value = (ulong)(product / divisor);
        return true;
    }
}
