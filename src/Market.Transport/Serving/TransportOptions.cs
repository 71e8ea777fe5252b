namespace Market.Transport.Serving;

/// <summary>What the gRPC side of a node grants its callers.</summary>
public sealed record TransportOptions
{
    /// <summary>Longest deadline that a call may set.</summary>
    public TimeSpan MaxDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest wait for the next message of an upload, and for a reader to take one of a download.</summary>
    public TimeSpan MaxStall { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Largest message in bytes. A chunk with its proof has at most 66,900.</summary>
    public int MaxMessageBytes { get; init; } = 128 * 1024;

    /// <summary>Calls that one caller may have open at once.</summary>
    public int CallsAtOnce { get; init; } = 32;

    /// <summary>Calls that one caller may make per second in the long run; ten seconds' worth may come at once.</summary>
    public int CallsPerSecond { get; init; } = 100;

    /// <summary>Bytes that one caller may have this node keep at a time.</summary>
    public long BytesPerCaller { get; init; } = 2L << 30;

    /// <summary>Longest time that an upload is kept without a lease that needs it.</summary>
    public TimeSpan MaxKeep { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Callers that are remembered at once; beyond it new ones are asked to come later.</summary>
    public int MaxCallers { get; init; } = 10_000;

    /// <summary>Tokens that are remembered at once, against replay.</summary>
    public int MaxTokens { get; init; } = 200_000;

    /// <summary>Connections at once.</summary>
    public int MaxConnections { get; init; } = 1_000;

    /// <summary>Connections at once from one address.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 64;

    /// <summary>Every fault in these settings, in words; empty when they are sound.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (MaxDeadline <= TimeSpan.Zero) faults.Add("transport: MaxDeadline must be positive");
        if (MaxStall <= TimeSpan.Zero) faults.Add("transport: MaxStall must be positive");
        if (MaxMessageBytes < 80 * 1024) faults.Add("transport: MaxMessageBytes must be at least 80 KiB, so that a chunk fits");
        if (CallsAtOnce < 1) faults.Add("transport: CallsAtOnce must be positive");
        if (CallsPerSecond < 1) faults.Add("transport: CallsPerSecond must be positive");
        if (BytesPerCaller < 0) faults.Add("transport: BytesPerCaller must not be negative");
        if (MaxKeep < TimeSpan.FromMinutes(1)) faults.Add("transport: MaxKeep must be at least a minute");
        if (MaxCallers < 1) faults.Add("transport: MaxCallers must be positive");
        if (MaxTokens < 1) faults.Add("transport: MaxTokens must be positive");
        if (MaxConnections < 1) faults.Add("transport: MaxConnections must be positive");
        if (MaxConnectionsPerAddress < 1) faults.Add("transport: MaxConnectionsPerAddress must be positive");
        return faults;
    }
}
