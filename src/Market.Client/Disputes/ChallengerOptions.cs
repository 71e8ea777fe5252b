namespace Market.Client.Disputes;

/// <summary>How much a challenger looks at, and how much it risks.</summary>
public sealed record ChallengerOptions
{
    /// <summary>Share of foreign committed leases that are looked at, in ten-thousandths. Which ones is nobody's to foresee.</summary>
    public int LeaseBps { get; init; } = 10_000;

    /// <summary>Share of a lease's tasklets that are run, in ten-thousandths; at least one.</summary>
    public int TaskletBps { get; init; } = 10_000;

    /// <summary>Games that may be open at once: each holds a bond.</summary>
    public int MaxGames { get; init; } = 8;

    /// <summary>Games about one consumer's offers that may be open at once: a consumer may know where engines differ.</summary>
    public int MaxGamesPerConsumer { get; init; } = 2;

    /// <summary>Games about one module that may be open at once.</summary>
    public int MaxGamesPerModule { get; init; } = 2;

    /// <summary>Whether to request on the chain what nobody serves, at the cost of a deposit for each piece that is shown.</summary>
    public bool Demands { get; init; } = true;

    /// <summary>Pieces of one lease that may be requested and unanswered at once: each holds a deposit.</summary>
    public int MaxPieces { get; init; } = 64;

    /// <summary>Longest run of one tasklet here.</summary>
    public TimeSpan RunLimit { get; init; } = TimeSpan.FromMinutes(5);
}
