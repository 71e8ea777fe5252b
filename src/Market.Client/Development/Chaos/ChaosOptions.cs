using System.Collections.Immutable;

namespace Market.Client.Development.Chaos;

/// <summary>What goes wrong, and how often.</summary>
public sealed record ChaosOptions
{
    /// <summary>Drawn from, all equally often; at least one.</summary>
    public required ImmutableArray<ChaosMode> Modes { get; init; }

    /// <summary>Determines every choice; not the machine's own timing.</summary>
    public required int Seed { get; init; }

    /// <summary>No strike begins later than this.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Most strikes.</summary>
    public int Strikes { get; init; } = int.MaxValue;

    /// <summary>Mean time between the end of one strike and the next.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest that one strike lasts.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(30);
}
