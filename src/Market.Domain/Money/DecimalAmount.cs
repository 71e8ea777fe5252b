using System.Buffers;
using System.Globalization;

namespace Market.Domain.Money;

/// <summary>
/// An amount as a person wrote it, before the asset's decimals are known: exact digits, a scale and maybe a symbol.
/// Job files are read offline into this; <see cref="TryScale"/> turns it into base units.
/// </summary>
/// <param name="Digits">All digits, the point left out.</param>
/// <param name="Scale">How many of them stand after the point.</param>
/// <param name="Symbol">The asset's symbol if one was written.</param>
public readonly record struct DecimalAmount(UInt128 Digits, int Scale, string? Symbol)
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789._");

    /// <summary>Reads "0.10", "0.10 CRD" or "1_000.5 CRD". Signs, exponents and empty parts are refused.</summary>
    public static bool TryParse(string? text, out DecimalAmount amount)
    {
        amount = default;
        var rest = (text ?? "").AsSpan().Trim();
        var end = rest.IndexOfAnyExcept(NumberCharacters);
        var number = end < 0 ? rest : rest[..end];
        var symbol = end < 0 ? [] : rest[end..].Trim();
        foreach (var c in symbol)
        {
            if (!char.IsAsciiLetter(c)) return false;
        }

        if (!TryReadNumber(number, out var digits, out var scale)) return false;
        amount = new DecimalAmount(digits, scale, symbol.IsEmpty ? null : symbol.ToString());
        return true;
    }

    /// <summary>Base units for an asset of <paramref name="decimals"/>; false if digits would be lost or 128 bits overflow.</summary>
    public bool TryScale(int decimals, out Amount amount)
    {
        amount = default;
        var units = Digits;
        for (var i = Scale; i > decimals; i--)
        {
            if (units % 10 != 0) return false;
            units /= 10;
        }

        for (var i = Scale; i < decimals; i++)
        {
            if (units > UInt128.MaxValue / 10) return false;
            units *= 10;
        }

        amount = new Amount(units);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it: "0.10 CRD".</summary>
    public override string ToString()
    {
        var digits = Digits.ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var number = Scale == 0 ? digits : $"{digits[..^Scale]}.{digits[^Scale..]}";
        return Symbol is null ? number : $"{number} {Symbol}";
    }

    private static bool TryReadNumber(ReadOnlySpan<char> number, out UInt128 digits, out int scale)
    {
        digits = 0;
        scale = 0;
        var afterPoint = false;
        var previous = '_';
        foreach (var c in number)
        {
            if (c == '.')
            {
                if (afterPoint || previous == '_') return false;
                afterPoint = true;
            }
            else if (c == '_')
            {
                if (!char.IsAsciiDigit(previous)) return false;
            }
            else
            {
                var digit = (UInt128)(c - '0');
                if (digits > (UInt128.MaxValue - digit) / 10) return false;
                digits = (digits * 10) + digit;
                if (afterPoint) scale++;
            }

            previous = c;
        }

        return char.IsAsciiDigit(previous);
    }
}
