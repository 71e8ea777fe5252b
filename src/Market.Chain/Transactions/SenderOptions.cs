namespace Market.Chain.Transactions;

/// <summary>How transactions are sent.</summary>
public sealed record SenderOptions
{
    /// <summary>Added to the gas estimate, in percent: the state may change until a block holds the transaction.</summary>
    public int GasMarginPercent { get; init; } = 30;

    /// <summary>Least priority fee in wei per gas.</summary>
    public UInt128 MinPriorityFee { get; init; } = 1_000_000;

    /// <summary>Most fee in wei per gas; a transaction that needs more waits.</summary>
    public UInt128 MaxFee { get; init; } = 1_000_000_000_000;

    /// <summary>Between looks for a receipt.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>After which a transaction is handed in again, with a higher fee if blocks have become dearer.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so many times handed in again without a block, the fee is raised though blocks are not too dear.</summary>
    public int StuckAfterResends { get; init; } = 3;

    /// <summary>After which waiting for a block ends.</summary>
    public TimeSpan InclusionTimeout { get; init; } = TimeSpan.FromMinutes(3);
}
