using Market.Client.Development.Chaos;

namespace Market.Unit.Tests.Client.Development;

public sealed class ChaosPlanTests
{
    private static readonly ChaosOptions Options = new() { Modes = [.. Enum.GetValues<ChaosMode>()], Seed = 7, Longest = TimeSpan.FromSeconds(4) };

    [Fact]
    public void Of_TheSameSeed_StrikesTheSame() =>
        Assert.Equal(ChaosPlan.Of(Options, 4).Take(50), ChaosPlan.Of(Options, 4).Take(50));

    [Fact]
    public void Of_AnotherSeed_StrikesOtherwise() =>
        Assert.NotEqual(ChaosPlan.Of(Options, 4).Take(50), ChaosPlan.Of(Options with { Seed = 8 }, 4).Take(50));

    [Fact]
    public void Of_ManyStrikes_MeetAllNodesInAllModes_WithinTheLimits()
    {
        var strikes = ChaosPlan.Of(Options, 3).Take(500).ToList();

        Assert.Equal(Enum.GetValues<ChaosMode>().Order(), strikes.Select(s => s.Mode).Distinct().Order());
        Assert.Equal([0, 1, 2], strikes.Select(s => s.Node).Distinct().Order());
        Assert.All(strikes, s => Assert.InRange(s.Lasts, TimeSpan.FromSeconds(1), Options.Longest));
        Assert.All(strikes, s => Assert.InRange(s.After, TimeSpan.Zero, 2 * Options.Pause));
        Assert.All(strikes, s => Assert.True(s.Depth >= 3));
        Assert.All(strikes, s => Assert.NotEmpty(s.Describe("node-1")));
    }
}
