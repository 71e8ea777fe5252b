using System.Globalization;

namespace Market.Client.Development.Chaos;

/// <summary>One thing that goes wrong.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Mode">What.</param>
/// <param name="Node">Whom it meets, counted from 0, where it meets one.</param>
/// <param name="After">Pause before it.</param>
/// <param name="Lasts">How long it lasts.</param>
/// <param name="Coin">Crash: the node rather than its workers. Reorganisation: transactions stay in the pool rather than being lost.</param>
/// <param name="Depth">Reorganisation: least number of blocks.</param>
/// <param name="DelayMilliseconds">Slow: how long each piece is held up.</param>
public sealed record ChaosStrike(int Number, ChaosMode Mode, int Node, TimeSpan After, TimeSpan Lasts, bool Coin, uint Depth, int DelayMilliseconds)
{
    /// <summary>In words; <paramref name="node"/> is the name of the one it meets.</summary>
    public string Describe(string node) => Mode switch
    {
        ChaosMode.Crash when Coin => $"kill -9 of {node}, started again after {Seconds}",
        ChaosMode.Crash => $"kill -9 of the workers of {node}",
        ChaosMode.Slow => $"the chain answers {DelayMilliseconds} ms late for {Seconds}",
        ChaosMode.Partition => $"{node} loses the chain and nobody reaches a node for {Seconds}",
        ChaosMode.Reorg => $"at least {Depth} blocks fall out, their transactions {(Coin ? "wait again" : "are lost")}",
        ChaosMode.RpcDown => $"the chain's endpoint refuses connections for {Seconds}",
        _ => throw new InvalidOperationException("the modes are closed"),
    };

    private string Seconds => string.Create(CultureInfo.InvariantCulture, $"{Lasts.TotalSeconds:0.0} s");
}

/// <summary>All strikes that a seed stands for, one after another and without end. Pure.</summary>
public static class ChaosPlan
{
    private const uint LeastDepth = 3;
    private const int DepthRange = 6;
    private const int MaxDelayMilliseconds = 1_500;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>The strikes of <paramref name="options"/> against a market of <paramref name="nodes"/> nodes.</summary>
    public static IEnumerable<ChaosStrike> Of(ChaosOptions options, int nodes)
    {
        var random = new Random(options.Seed);
        for (var number = 1; ; number++)
        {
            // Every value is drawn for every mode, so that one mode more or less does not shift all that follows within a strike.
            yield return new ChaosStrike(
                number,
                options.Modes[random.Next(options.Modes.Length)],
                random.Next(nodes),
                2 * options.Pause * random.NextDouble(),
                Shortest + ((options.Longest > Shortest ? options.Longest - Shortest : TimeSpan.Zero) * random.NextDouble()),
                random.Next(2) == 0,
                LeastDepth + (uint)random.Next(DepthRange),
                random.Next(50, MaxDelayMilliseconds));
        }
    }
}
