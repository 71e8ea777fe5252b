using System.Globalization;

namespace Market.Domain.Money;

/// <summary>A sum of money in base units of the market's asset. Never negative; arithmetic that would be is refused.</summary>
public readonly record struct Amount(UInt128 BaseUnits) : IComparable<Amount>
{
    /// <summary>No money.</summary>
    public static Amount Zero => default;

    /// <summary>Adds.</summary>
    /// <exception cref="OverflowException">The sum leaves 128 bits.</exception>
    public static Amount operator +(Amount left, Amount right) => new(checked(left.BaseUnits + right.BaseUnits));

    /// <summary>Subtracts.</summary>
    /// <exception cref="OverflowException"><paramref name="right"/> is larger.</exception>
    public static Amount operator -(Amount left, Amount right) => new(checked(left.BaseUnits - right.BaseUnits));

    /// <summary>Multiplies.</summary>
    /// <exception cref="OverflowException">The product leaves 128 bits.</exception>
    public static Amount operator *(Amount amount, uint times) => new(checked(amount.BaseUnits * times));

    public static bool operator <(Amount left, Amount right) => left.BaseUnits < right.BaseUnits;

    public static bool operator >(Amount left, Amount right) => left.BaseUnits > right.BaseUnits;

    public static bool operator <=(Amount left, Amount right) => left.BaseUnits <= right.BaseUnits;

    public static bool operator >=(Amount left, Amount right) => left.BaseUnits >= right.BaseUnits;

    /// <summary>Subtracts, stopping at zero.</summary>
    public static Amount SubtractToZero(Amount left, Amount right) => left > right ? left - right : Zero;

    /// <summary>The smaller of two.</summary>
    public static Amount Min(Amount left, Amount right) => left < right ? left : right;

    /// <summary>The larger of two.</summary>
    public static Amount Max(Amount left, Amount right) => left > right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Amount other) => BaseUnits.CompareTo(other.BaseUnits);

    /// <summary>Base units in decimal: the form that JSON carries.</summary>
    public override string ToString() => BaseUnits.ToString(CultureInfo.InvariantCulture);
}
