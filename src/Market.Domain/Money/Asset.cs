using System.Globalization;

namespace Market.Domain.Money;

/// <summary>How the market's asset is written: its symbol and decimals, both read from the token contract.</summary>
/// <param name="Symbol">For instance CRD.</param>
/// <param name="Decimals">Digits after the point, 0 to 18.</param>
public sealed record Asset(string Symbol, int Decimals)
{
    /// <summary>Most decimals that are read and written.</summary>
    public const int MaxDecimals = 18;

    /// <summary>Digits after the point.</summary>
    public int Decimals { get; } = Decimals is >= 0 and <= MaxDecimals
        ? Decimals
        : throw new ArgumentOutOfRangeException(nameof(Decimals), Decimals, "0 to 18 decimals are supported");

    /// <summary>Base units in one whole unit.</summary>
    public UInt128 One => PowerOfTen(Decimals);

    /// <summary>Reads "0.10 CRD", "0.10" or "1_000 CRD". Another symbol or more decimals than the asset has are refused.</summary>
    public bool TryParse(string? text, out Amount amount)
    {
        amount = default;
        return DecimalAmount.TryParse(text, out var read)
            && (read.Symbol is null || string.Equals(read.Symbol, Symbol, StringComparison.OrdinalIgnoreCase))
            && read.TryScale(Decimals, out amount);
    }

    /// <summary>Writes with at least two decimals (as many as the asset has, if fewer) and no further trailing zeros: "0.10 CRD".</summary>
    public string Format(Amount amount) => $"{FormatNumber(amount)} {Symbol}";

    /// <summary><see cref="Format"/> without the symbol.</summary>
    public string FormatNumber(Amount amount)
    {
        var whole = (amount.BaseUnits / One).ToString(CultureInfo.InvariantCulture);
        if (Decimals == 0) return whole;
        var fraction = (amount.BaseUnits % One).ToString(CultureInfo.InvariantCulture).PadLeft(Decimals, '0');
        var kept = Math.Max(fraction.AsSpan().TrimEnd('0').Length, Math.Min(2, Decimals));
        return $"{whole}.{fraction.AsSpan(0, kept)}";
    }

    /// <summary>Writes a price per Gfuel (10^9 fuel) with four significant digits: "0.00001804 CRD/Gfuel".</summary>
    public string FormatPerGfuel(UnitPrice price) => $"{FormatPerGfuelNumber(price)} {Symbol}/Gfuel";

    /// <summary><see cref="FormatPerGfuel"/> without the unit.</summary>
    public string FormatPerGfuelNumber(UnitPrice price)
    {
        // 2^-32 base units per Mfuel times 1000 Mfuel, with 12 digits below a base unit.
        const int extra = 12;
        var scaled = (UInt128)(((System.Numerics.BigInteger)price.Raw * 1000 * (System.Numerics.BigInteger)PowerOfTen(extra)) >> 32);
        var digits = scaled.ToString(CultureInfo.InvariantCulture);
        var point = Decimals + extra;
        var dropped = Math.Max(0, Math.Min(digits.Length - 4, point));
        if (dropped > 0)
        {
            var unit = PowerOfTen(dropped);
            scaled = (scaled + (unit / 2)) / unit * unit;
        }

        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(point + 1, '0');
        var fraction = text[^point..].TrimEnd('0');
        return fraction.Length == 0 ? text[..^point] : $"{text[..^point]}.{fraction}";
    }

    /// <summary>Reads a price per Gfuel, such as "0.00002 CRD/Gfuel" or "0.00002", rounding down to 2^-32 base units per Mfuel.</summary>
    public bool TryParsePerGfuel(string? text, out UnitPrice price)
    {
        price = default;
        var number = text?.Trim() ?? "";
        const string suffix = "/Gfuel";
        if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) number = number[..^suffix.Length];
        if (!DecimalAmount.TryParse(number, out var read)) return false;
        if (read.Symbol is { } symbol && !string.Equals(symbol, Symbol, StringComparison.OrdinalIgnoreCase)) return false;
        if (!read.TryScale(MaxDecimals, out var fine)) return false;
        var raw = ((System.Numerics.BigInteger)fine.BaseUnits << 32) / (System.Numerics.BigInteger)PowerOfTen(MaxDecimals - Decimals) / 1000;
        if (raw > UnitPrice.MaxRaw) return false;
        price = new UnitPrice((UInt128)raw);
        return true;
    }

    internal static UInt128 PowerOfTen(int exponent)
    {
        UInt128 power = 1;
        for (var i = 0; i < exponent; i++) power *= 10;
        return power;
    }
}
