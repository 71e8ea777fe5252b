using System.Net;
using Market.Client.Disputes;
using Market.Client.Providers;
using Market.Domain.Identity;
using Market.Domain.Offers;

namespace Market.Node.Hosting;

/// <summary>The node's settings: provider.yaml, checked and completed with what the machine has.</summary>
internal sealed record NodeOptions
{
    /// <summary>Name of the device among its owner's.</summary>
    public required string Name { get; init; }

    /// <summary>Data directory, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>Where gRPC listens.</summary>
    public required IPEndPoint Api { get; init; }

    /// <summary>URL that is published on the chain.</summary>
    public required string PublicUrl { get; init; }

    /// <summary>Where plain HTTP health listens.</summary>
    public required IPEndPoint Health { get; init; }

    /// <summary>Tasklets at once.</summary>
    public required ushort Lanes { get; init; }

    /// <summary>Memory of one tasklet, MiB.</summary>
    public required ushort MemoryMiB { get; init; }

    /// <summary>Disk for blobs, bytes.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>What it asks, as written.</summary>
    public required ProviderPricing Pricing { get; init; }

    /// <summary>Bit v: takes offers of verdict v.</summary>
    public required byte VerdictMask { get; init; }

    /// <summary>Least attestation to reach before bidding; names the book.</summary>
    public required AttestationLevel Level { get; init; }

    /// <summary>Region code of the class; zero for none.</summary>
    public required byte Region { get; init; }

    /// <summary>Whether to send what keeps others' offers moving.</summary>
    public required bool Keeps { get; init; }

    /// <summary>Time for running tasklets again on the step machine before a commitment, in percent of what they took; of a new module one is in any case.</summary>
    public required int CheckPercent { get; init; }

    /// <summary>How much of others' results to look at; null for nothing.</summary>
    public required ChallengerOptions? Challenging { get; init; }

    /// <summary>How long to finish running leases after SIGTERM before they are handed back.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>The class that the device is declared or attested as, and the book it bids in.</summary>
    public ClassKey Class => new(RuntimeKind.Wasm, Level, Region);

    /// <summary>Settings of a checked configuration on a machine of <paramref name="cores"/> usable cores and <paramref name="memoryBytes"/>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">Folder that relative paths start at: the file's.</param>
    /// <param name="cores">Processors that may be busy at once.</param>
    /// <param name="memoryBytes">Memory that may be held; zero if unknown.</param>
    public static NodeOptions From(ProviderConfig config, string folder, int cores, long memoryBytes)
    {
        var memory = (ushort)config.Resources.MemoryPerTaskletMiB;
        var lanes = config.Resources.Slots == 0 ? cores : config.Resources.Slots;
        if (memoryBytes > 0) lanes = (int)Math.Min(lanes, Math.Max(1, memoryBytes / ((long)memory << 20)));
        return new NodeOptions
        {
            Name = config.Name,
            Data = Path.GetFullPath(config.Data, folder),
            Api = IPEndPoint.Parse(config.Listen.Api),
            PublicUrl = config.Listen.PublicUrl ?? $"https://{config.Listen.Api}",
            Health = IPEndPoint.Parse(config.Listen.Health),
            Lanes = (ushort)lanes,
            MemoryMiB = memory,
            DiskBytes = (long)config.Resources.DiskMiB << 20,
            Pricing = config.Pricing,
            VerdictMask = (byte)config.Serves.Verification.Select(v => 1 << (int)Enum.Parse<Verdict>(v, ignoreCase: true)).Aggregate((a, b) => a | b),
            Level = (AttestationLevel)config.Serves.AttestationLevel,
            Region = (byte)config.Serves.Region,
            Keeps = config.Keeping.Enabled,
            Challenging = config.Challenging.Enabled
                ? new ChallengerOptions
                {
                    LeaseBps = config.Challenging.LeaseSharePercent * 100,
                    TaskletBps = config.Challenging.TaskletSharePercent * 100,
                    MaxGames = config.Challenging.MaxGames,
                    MaxGamesPerConsumer = config.Challenging.MaxGamesPerConsumer,
                    MaxGamesPerModule = config.Challenging.MaxGamesPerModule,
                    Demands = config.Challenging.Demands,
                }
                : null,
            CheckPercent = config.Checking.TimePercent,
            Drain = TimeSpan.FromSeconds(config.Drain.DeadlineSeconds),
        };
    }
}
