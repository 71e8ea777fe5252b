using CsCheck;
using Market.Domain.Money;

namespace Market.Unit.Tests.Domain.Money;

public sealed class TickTests
{
    private static readonly Gen<UnitPrice> Prices =
        Gen.Select(Gen.UInt128, Gen.Int[58, 127]).Select((raw, shift) => new UnitPrice(raw >> shift));

    [Fact]
    public void Price_RisesByAtMostOneThirtySecond()
    {
        for (var i = 1; i <= Tick.MaxIndex; i++)
        {
            var (lower, higher) = (new Tick(i - 1).Price.Raw, new Tick(i).Price.Raw);
            Assert.True(higher > lower && (higher - lower) * 32 <= lower, $"tick {i}");
        }
    }

    [Fact]
    public void AtMost_OfATicksOwnPrice_IsThatTick()
    {
        for (var i = 0; i <= Tick.MaxIndex; i++)
        {
            Assert.Equal(new Tick(i), Tick.AtMost(new Tick(i).Price));
            Assert.Equal(new Tick(i), Tick.AtLeast(new Tick(i).Price));
        }
    }

    [Fact]
    public void AtMostAndAtLeast_EncloseAnyPrice() => Prices.Sample(price =>
    {
        var below = Tick.AtMost(price);
        var above = Tick.AtLeast(price);
        Assert.True(below is null ? price.Raw < 32 : below.Value.Price.Raw <= price.Raw || price.Raw > UnitPrice.MaxRaw);
        Assert.True(above is null ? price.Raw > UnitPrice.MaxRaw : above.Value.Price.Raw >= price.Raw);
        if (below is { } b && above is { } a) Assert.InRange(a.Index - b.Index, 0, 1);
    });

    [Fact]
    public void CostUp_IsNeverBelowAndAtMostOneUnitAboveCostDown() =>
        Gen.Select(Gen.Int[0, 1855], Gen.UInt, Gen.UInt[0, 1_000_000]).Sample((tick, mfuel, count) =>
        {
            var price = new Tick(tick).Price;
            var (up, down) = (price.CostUp(mfuel, count), price.CostDown(mfuel, count));
            return up >= down && up.BaseUnits - down.BaseUnits <= 1;
        });

    [Fact]
    public void Tick_BeyondTheLadder_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Tick(2048));
}
