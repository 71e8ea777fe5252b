using CsCheck;
using Market.Domain.Matching;

namespace Market.Unit.Tests.Domain.Matching;

public sealed class RestShareTests
{
    // The same offers as in the contracts' test/flows/matching.ts.
    [Theory]
    [InlineData(0u, new uint[] { 48, 48, 48, 48, 8 })]
    [InlineData(2u, new uint[] { 48, 48, 48, 26, 14, 12, 4 })]
    [InlineData(31u, new uint[] { 48, 48, 48, 48, 8 })]
    public void OneLane_TakesLessAtATime_OnceLessThanARoundIsLeft(uint rounds, uint[] expected)
    {
        var given = new List<uint>();
        for (var left = 200u; left > 0; left -= given[^1]) given.Add((uint)Math.Min(left, RestShare.Of(48, left, 200, rounds)));

        Assert.Equal(expected, given);
    }

    [Fact]
    public void Of_IsAQuarterAtLeast_AndAllAtMost() => Gen.Select(Gen.ULong[1, 1UL << 48], Gen.UInt[1, uint.MaxValue], Gen.UInt[1, uint.MaxValue], Gen.UInt[0, 31]).Sample((perLane, a, b, rounds) =>
    {
        var (left, total) = (Math.Min(a, b), Math.Max(a, b));

        var share = RestShare.Of(perLane, left, total, rounds);

        Assert.InRange(share, (perLane + 3) / 4, perLane);
        Assert.True(share == perLane || (ulong)left * rounds < total);
    });
}
