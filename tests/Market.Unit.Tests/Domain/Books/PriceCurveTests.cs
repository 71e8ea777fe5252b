using CsCheck;
using Market.Domain.Books;
using Market.Domain.Money;

namespace Market.Unit.Tests.Domain.Books;

public class PriceCurveTests
{
    private static readonly PriceCurve Curve = new(new Tick(100), new Tick(140), 60);

    [Theory]
    [InlineData(0, 8, 100)]
    [InlineData(4, 8, 120)]
    [InlineData(8, 8, 140)]
    [InlineData(9, 8, 140)]
    [InlineData(0, 0, 100)]
    public void At_RisesInEqualStepsOfTicks(int busy, int lanes, int tick) => Assert.Equal(new Tick(tick), Curve.At(busy, lanes));

    [Fact]
    public void Next_WithoutABid_AsksTheTarget() => Assert.Equal(new Tick(120), Curve.Next(null, 4, 8, 0));

    [Fact]
    public void Next_BeforeTheHoldIsOver_KeepsThePrice() => Assert.Equal(new Tick(100), Curve.Next(new Tick(100), 8, 8, 59));

    [Fact]
    public void Next_AfterTheHold_FollowsTheLoad() => Assert.Equal(new Tick(140), Curve.Next(new Tick(100), 8, 8, 60));

    [Fact]
    public void Next_WhenLittleChanged_KeepsThePrice() => Assert.Equal(new Tick(120), Curve.Next(new Tick(120), 5, 8, 1000));

    [Fact]
    public void Next_AtAnEnd_GoesThereHoweverNear() => Assert.Equal(new Tick(100), Curve.Next(new Tick(105), 0, 8, 1000));

    [Fact]
    public void Next_OffTheCurve_ComesBackAtOnce() => Assert.Equal(new Tick(100), Curve.Next(new Tick(50), 0, 8, 0));

    [Fact]
    public void FixedPrice_NeverMoves()
    {
        var flat = new PriceCurve(new Tick(7), new Tick(7), 60);

        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20], Gen.ULong[0, 1000]).Sample((busy, lanes, since) => flat.Next(new Tick(7), busy, lanes, since) == new Tick(7));
    }

    [Fact]
    public void Next_StaysOnTheCurve_AndSettles() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 60], Gen.Int[0, 400], Gen.Int[0, 20], Gen.Int[1, 16]).Sample((idle, width, standing, busy, lanes) =>
        {
            var curve = new PriceCurve(new Tick(idle), new Tick(idle + width), 60);
            var once = curve.Next(new Tick(standing), busy, lanes, 60);
            return once >= curve.Idle && once <= curve.Busy && curve.Next(once, busy, lanes, 60) == once;
        });
}
