using System.Globalization;
using System.Numerics;

namespace Market.Domain.Money;

/// <summary>A price in 2^-32 base units per Mfuel (10^6 fuel), the unit that contracts count in.</summary>
/// <param name="Raw">At most <see cref="MaxRaw"/>.</param>
public readonly record struct UnitPrice(UInt128 Raw) : IComparable<UnitPrice>
{
    /// <summary>Price of the highest tick.</summary>
    public static readonly UInt128 MaxRaw = (UInt128)63 << 63;

    /// <summary>What <paramref name="count"/> tasklets of <paramref name="mfuel"/> cost at most: rounded up, as a consumer escrows.</summary>
    /// <exception cref="OverflowException">The cost leaves 128 bits.</exception>
    public Amount CostUp(uint mfuel, uint count)
    {
        var product = Product(mfuel, count);
        var cost = product >> 32;
        if (cost << 32 != product) cost++;
        return new Amount(checked((UInt128)cost));
    }

    /// <summary>What <paramref name="count"/> tasklets of <paramref name="mfuel"/> earn: rounded down, as a device is paid.</summary>
    /// <exception cref="OverflowException">The cost leaves 128 bits.</exception>
    public Amount CostDown(uint mfuel, uint count) => new(checked((UInt128)(Product(mfuel, count) >> 32)));

    /// <inheritdoc/>
    public int CompareTo(UnitPrice other) => Raw.CompareTo(other.Raw);

    /// <summary>The raw number in decimal.</summary>
    public override string ToString() => Raw.ToString(CultureInfo.InvariantCulture);

    private BigInteger Product(uint mfuel, uint count) => (BigInteger)Raw * mfuel * count;
}
