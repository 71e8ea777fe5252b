using CsCheck;
using Market.Domain.Money;

namespace Market.Unit.Tests.Domain.Money;

public sealed class AssetTests
{
    private static readonly Asset Crd = new("CRD", 6);

    [Theory]
    [InlineData("0.10 CRD", 100_000)]
    [InlineData("0.10", 100_000)]
    [InlineData("1_000 crd", 1_000_000_000)]
    [InlineData("  5CRD ", 5_000_000)]
    [InlineData("0.1000000", 100_000)]
    public void TryParse_ReadsWhatPeopleWrite(string text, long baseUnits)
    {
        Assert.True(Crd.TryParse(text, out var amount));

        Assert.Equal((UInt128)baseUnits, amount.BaseUnits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CRD")]
    [InlineData("-1")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1.2.3")]
    [InlineData("1e6")]
    [InlineData("1__0")]
    [InlineData("_1")]
    [InlineData("0.0000001")]
    [InlineData("1 ETH")]
    [InlineData("340282366920938463463374607431768211456")]
    public void TryParse_RefusesTheRest(string text) => Assert.False(Crd.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0.00 CRD")]
    [InlineData(100_000, "0.10 CRD")]
    [InlineData(41_234, "0.041234 CRD")]
    [InlineData(31_800_000, "31.80 CRD")]
    [InlineData(1, "0.000001 CRD")]
    public void Format_KeepsTwoDecimalsAndWhatMatters(long baseUnits, string text) =>
        Assert.Equal(text, Crd.Format(new Amount((UInt128)baseUnits)));

    [Fact]
    public void Format_ThenTryParse_GivesTheAmountBack() =>
        Gen.Select(Gen.UInt128, Gen.Int[0, 18]).Sample((units, decimals) =>
        {
            var asset = new Asset("CRD", decimals);
            return asset.TryParse(asset.Format(new Amount(units)), out var back) && back.BaseUnits == units;
        });

    [Fact]
    public void PerGfuel_RoundTripsToFourDigits()
    {
        Assert.True(Crd.TryParsePerGfuel("0.00002 CRD/Gfuel", out var price));

        Assert.Equal("0.00002 CRD/Gfuel", Crd.FormatPerGfuel(price));
        Assert.Equal((UInt128)(20L << 32) / 1000, price.Raw);
    }

    [Fact]
    public void FormatPerGfuel_OfEveryTick_ReadsBackNearTheTick()
    {
        for (var i = 0; i <= 1855; i++)
        {
            var tick = new Tick(i);

            Assert.True(Crd.TryParsePerGfuel(Crd.FormatPerGfuel(tick.Price), out var price));

            // Low prices are few raw units, so reading back may round one unit down.
            var difference = UInt128.Max(price.Raw, tick.Price.Raw) - UInt128.Min(price.Raw, tick.Price.Raw);
            Assert.True(difference <= 1 + (tick.Price.Raw / 1000), $"tick {i}: {tick.Price} came back as {price}");
        }
    }

    [Fact]
    public void Amount_NeverWrapsAround()
    {
        Assert.Throws<OverflowException>(() => new Amount(1) - new Amount(2));
        Assert.Throws<OverflowException>(() => new Amount(UInt128.MaxValue) + new Amount(1));
        Assert.Throws<OverflowException>(() => new Amount(UInt128.MaxValue) * 2);
        Assert.Equal(Amount.Zero, Amount.SubtractToZero(new Amount(1), new Amount(2)));
    }
}
