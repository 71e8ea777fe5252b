using System.Globalization;

namespace Market.Domain.Money;

/// <summary>
/// A step of the price ladder, 0 to 2047: 64 octaves of 32 steps, 1.6 to 3.1 % apart.
/// price(t) = (32 + (t mod 32)) · 2^(t div 32) in 2^-32 base units per Mfuel, as TickLib in the contracts.
/// </summary>
public readonly record struct Tick : IComparable<Tick>
{
    /// <summary>Highest tick.</summary>
    public const ushort MaxIndex = 2047;

    /// <summary>Highest tick whose price fits 64 bits: what offers may reserve.</summary>
    public const ushort MaxReserveIndex = 1887;

    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;

    /// <summary>Takes an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> exceeds <see cref="MaxIndex"/>.</exception>
    public Tick(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, MaxIndex);
        Index = (ushort)index;
    }

    /// <summary>The highest tick.</summary>
    public static Tick Max => new(MaxIndex);

    /// <summary>Position on the ladder.</summary>
    public ushort Index { get; }

    /// <summary>The price at this step.</summary>
    public UnitPrice Price => new((UInt128)(Steps + (Index & (Steps - 1))) << (Index >> StepBits));

    /// <summary>Highest tick whose price is not above <paramref name="price"/>; null below the lowest step.</summary>
    public static Tick? AtMost(UnitPrice price)
    {
        if (price.Raw < Steps) return null;
        if (price.Raw >= UnitPrice.MaxRaw) return Max;
        var octave = 127 - StepBits - (int)UInt128.LeadingZeroCount(price.Raw);
        return new Tick((octave << StepBits) + (int)(price.Raw >> octave) - Steps);
    }

    /// <summary>Lowest tick whose price is not below <paramref name="price"/>; null above the highest step.</summary>
    public static Tick? AtLeast(UnitPrice price)
    {
        if (AtMost(price) is not { } below) return new Tick(0);
        if (below.Price.Raw == price.Raw) return below;
        return below.Index == MaxIndex ? null : new Tick(below.Index + 1);
    }

    /// <summary>The tick <paramref name="steps"/> further, held within the ladder.</summary>
    public Tick Plus(int steps) => new(Math.Clamp(Index + steps, 0, MaxIndex));

    public static bool operator <(Tick left, Tick right) => left.Index < right.Index;

    public static bool operator >(Tick left, Tick right) => left.Index > right.Index;

    public static bool operator <=(Tick left, Tick right) => left.Index <= right.Index;

    public static bool operator >=(Tick left, Tick right) => left.Index >= right.Index;

    /// <inheritdoc/>
    public int CompareTo(Tick other) => Index.CompareTo(other.Index);

    /// <summary>The index in decimal.</summary>
    public override string ToString() => Index.ToString(CultureInfo.InvariantCulture);
}
