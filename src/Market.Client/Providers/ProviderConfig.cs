namespace Market.Client.Providers;

/// <summary>What the owner of a device decides: the file <c>provider.yaml</c>, written by <c>market provider init</c>, read by the node.</summary>
public sealed record ProviderConfig
{
    /// <summary>Name of the device among this user's, and of its wallets: <c>name</c>-owner and <c>name</c>-operator by default.</summary>
    public string Name { get; init; } = "";

    /// <summary>Profile of the market it serves.</summary>
    public string Profile { get; init; } = "local";

    /// <summary>Data directory: journal, blobs, logs. Relative paths start at the file's folder.</summary>
    public string Data { get; init; } = "data";

    /// <summary>Whose money, whose signature.</summary>
    public ProviderKeys Keys { get; init; } = new();

    /// <summary>What of the machine is for the market.</summary>
    public ProviderResources Resources { get; init; } = new();

    /// <summary>What it asks.</summary>
    public ProviderPricing Pricing { get; init; } = new();

    /// <summary>What it runs.</summary>
    public ProviderServes Serves { get; init; } = new();

    /// <summary>Where it is reached.</summary>
    public ProviderListen Listen { get; init; } = new();

    /// <summary>What it does for the market at large.</summary>
    public ProviderKeeping Keeping { get; init; } = new();

    /// <summary>How it checks its own results.</summary>
    public ProviderChecking Checking { get; init; } = new();

    /// <summary>Whether and how it looks at what others commit to.</summary>
    public ProviderChallenging Challenging { get; init; } = new();

    /// <summary>How it ends.</summary>
    public ProviderDrain Drain { get; init; } = new();
}

/// <summary>Keys of a device.</summary>
public sealed record ProviderKeys
{
    /// <summary>Wallet that owns the stake; only <c>provider stake|withdraw</c> need it.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Wallet that bids and commits; the node needs it unlocked.</summary>
    public string Operator { get; init; } = "";

    /// <summary>File with the operator wallet's password, readable by the node's user alone; else MARKET_WALLET_PASSWORD_FILE.</summary>
    public string? PasswordFile { get; init; }
}

/// <summary>Resources that a device offers.</summary>
public sealed record ProviderResources
{
    /// <summary>Tasklets at once; 0: as many as there are usable cores.</summary>
    public int Slots { get; init; }

    /// <summary>Memory of one tasklet, MiB.</summary>
    public int MemoryPerTaskletMiB { get; init; } = 512;

    /// <summary>Disk for blobs, MiB.</summary>
    public int DiskMiB { get; init; } = 2048;
}

/// <summary>How a device prices its work.</summary>
public sealed record ProviderPricing
{
    /// <summary>The strategy that always asks <see cref="Price"/>.</summary>
    public const string Fixed = "fixed";

    /// <summary>The strategy that asks <see cref="Price"/> when idle and <see cref="BusyPrice"/> when every lane is busy.</summary>
    public const string LoadCurve = "load-curve";

    /// <summary><see cref="Fixed"/> or <see cref="LoadCurve"/>.</summary>
    public string Strategy { get; init; } = Fixed;

    /// <summary>Asset units per Gfuel, as a decimal: "0.02".</summary>
    public string Price { get; init; } = "0.02";

    /// <summary>Asset units per Gfuel when every lane is busy; only with <see cref="LoadCurve"/>.</summary>
    public string? BusyPrice { get; init; }

    /// <summary>Least time between two price changes, in seconds: each costs gas.</summary>
    public int HoldSeconds { get; init; } = 300;
}

/// <summary>What work a device takes.</summary>
public sealed record ProviderServes
{
    /// <summary>Verdicts it accepts: <c>trusted</c>, <c>optimistic</c>.</summary>
    public string[] Verification { get; init; } = ["trusted", "optimistic"];

    /// <summary>0: declare itself; 1: also be benchmarked by other devices before bidding.</summary>
    public int AttestationLevel { get; init; } = 1;

    /// <summary>Region code of the class key, 0 for none.</summary>
    public int Region { get; init; }
}

/// <summary>Where a node listens.</summary>
public sealed record ProviderListen
{
    /// <summary>Host and port of the gRPC endpoint (TLS).</summary>
    public string Api { get; init; } = "127.0.0.1:7443";

    /// <summary>URL published on the chain; null: https:// and <see cref="Api"/>.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Host and port of health and metrics over plain HTTP; keep it on loopback.</summary>
    public string Health { get; init; } = "127.0.0.1:9464";
}

/// <summary>Calls that anyone may make to keep offers moving.</summary>
public sealed record ProviderKeeping
{
    /// <summary>Whether to expire dead leases, match freed ranges and close finished offers of others; costs gas, earns tips.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>How a device checks itself before it commits.</summary>
public sealed record ProviderChecking
{
    /// <summary>
    /// Time spent on running tasklets again on the step machine, in percent of the time that the tasklets took; of a new module
    /// one is run again in any case. The machine is some fifty times slower than the engine.
    /// </summary>
    public int TimePercent { get; init; } = 2;
}

/// <summary>Looking at other devices' committed results; the operator pays gas and bonds for games, and earns what liars lose.</summary>
public sealed record ProviderChallenging
{
    /// <summary>Whether to look at all. Own results are defended in any case.</summary>
    public bool Enabled { get; init; }

    /// <summary>Share of others' leases that are looked at, in percent.</summary>
    public int LeaseSharePercent { get; init; } = 10;

    /// <summary>Share of such a lease's tasklets that are run again, in percent; at least one.</summary>
    public int TaskletSharePercent { get; init; } = 100;

    /// <summary>Games that may be open at once: each holds a bond.</summary>
    public int MaxGames { get; init; } = 8;

    /// <summary>Games about one consumer's offers that may be open at once.</summary>
    public int MaxGamesPerConsumer { get; init; } = 2;

    /// <summary>Games about one module that may be open at once.</summary>
    public int MaxGamesPerModule { get; init; } = 2;

    /// <summary>Whether to demand records that nobody serves; the deposit comes from the operator's credit.</summary>
    public bool Demands { get; init; } = true;
}

/// <summary>What happens between SIGTERM and the end.</summary>
public sealed record ProviderDrain
{
    /// <summary>Seconds to withdraw the bid and finish running leases; what is not done then is handed back.</summary>
    public int DeadlineSeconds { get; init; } = 20;
}
