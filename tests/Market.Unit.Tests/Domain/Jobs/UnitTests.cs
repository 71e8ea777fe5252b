using CsCheck;
using Market.Domain.Jobs;

namespace Market.Unit.Tests.Domain.Jobs;

public sealed class UnitTests
{
    [Theory]
    [InlineData("256MiB", 256L << 20)]
    [InlineData("1.5 KiB", 1536)]
    [InlineData("16 kB", 16_000)]
    [InlineData("7B", 7)]
    public void ByteSize_ReadsNumberAndUnit(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("256")]
    [InlineData("MiB")]
    [InlineData("256 mib")]
    [InlineData("-1B")]
    [InlineData("0.5B")]
    [InlineData("99999999999GiB")]
    public void ByteSize_RefusesTheRest(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("20G", 20_000_000_000UL)]
    [InlineData("0.5M", 500_000UL)]
    [InlineData("3k", 3_000UL)]
    public void Fuel_ReadsNumberAndPrefix(string text, ulong units)
    {
        Assert.True(Fuel.TryParse(text, out var fuel));
        Assert.Equal(units, fuel.Units);
    }

    [Theory]
    [InlineData(1_840_000_000UL, "1.84G")]
    [InlineData(20_000_000_000UL, "20G")]
    [InlineData(123_456_789UL, "123M")]
    [InlineData(999UL, "999")]
    [InlineData(100_000_000_000UL, "100G")]
    public void Fuel_IsWrittenWithThreeDigits(ulong units, string text) => Assert.Equal(text, new Fuel(units).ToString());

    [Theory]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("90s", 90)]
    public void Duration_ReadsUnitsInFallingOrder(string text, int seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("")]
    [InlineData("30m1h")]
    [InlineData("1m1m")]
    [InlineData("5x")]
    [InlineData("366d")]
    [InlineData("9999999999s")]
    public void Duration_RefusesTheRest(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Duration_FormatThenTryParse_GivesItBack() => Gen.Int[1, 31_536_000].Sample(seconds =>
        Duration.TryParse(Duration.Format(TimeSpan.FromSeconds(seconds)), out var back) && back == TimeSpan.FromSeconds(seconds));
}
