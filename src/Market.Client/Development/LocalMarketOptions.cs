namespace Market.Client.Development;

/// <summary>How big a local market is and how it behaves.</summary>
public sealed record LocalMarketOptions
{
    /// <summary>Nodes to start, 1 to 16.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>What each node's owner puts at stake, in whole tokens.</summary>
    public int Stake { get; init; } = 200;

    /// <summary>What the consumer is given, in whole tokens.</summary>
    public int ConsumerFunds { get; init; } = 100;

    /// <summary>Attestation level that nodes reach before they bid. Level 1 needs two other nodes.</summary>
    public int AttestationLevel { get; init; } = 1;

    /// <summary>What the first and cheapest nodes lie about, one each, as MARKET_LIE of the tests' faulty node names it; the others are honest.</summary>
    public IReadOnlyList<string> Lies { get; init; } = [];

    /// <summary>Whether there is a funded wallet for a challenger.</summary>
    public bool Challenger { get; init; }

    /// <summary>Path of an anvil binary: a chain that can be killed and goes on. Null for Hardhat, which keeps nothing.</summary>
    public string? Anvil { get; init; }

    /// <summary>Time between blocks.</summary>
    public TimeSpan BlockTime { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Quota of each node's blobs, MiB.</summary>
    public int DiskMiB { get; init; } = 1024;

    /// <summary>Lanes of each node.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Asset units per Gfuel that node i asks: dearer by a tenth each, so that the book has an order.</summary>
    public static decimal PriceOf(int node) => 0.010m + (0.001m * node);

    /// <summary>Whether all connections go through a process that can hold them up or cut them.</summary>
    public bool Switchboard { get; init; }

    /// <summary>How long the nodes may take until all of them bid.</summary>
    public TimeSpan ReadyLimit { get; init; } = TimeSpan.FromSeconds(90);
}
