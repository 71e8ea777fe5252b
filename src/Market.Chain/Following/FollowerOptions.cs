namespace Market.Chain.Following;

/// <summary>How events are followed.</summary>
public sealed record FollowerOptions
{
    /// <summary>Between looks for a new block.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Most blocks asked for at once; endpoints refuse more than they like.</summary>
    public ulong MaxRange { get; init; } = 1_000;

    /// <summary>Blocks whose events are asked for once more with every new block: endpoints that lag behind what they say leave events out.</summary>
    public ulong Overlap { get; init; } = 64;

    /// <summary>Points kept to find back after a reorganisation. What lies deeper is told anew from the start.</summary>
    public int Depth { get; init; } = 512;
}
