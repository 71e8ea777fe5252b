using Market.Sandbox.Protocol;

namespace Market.Sandbox;

/// <summary>Settings of the sandbox, with their defaults.</summary>
public sealed record SandboxOptions
{
    /// <summary>Private directory for compiled artefacts and the workers' empty working directory. Made if missing, owner-only.</summary>
    public required string Directory { get; init; }

    /// <summary>The worker executable; found beside the caller's own build output by default.</summary>
    public string? WorkerPath { get; init; }

    /// <summary>Tasklets that run at the same time.</summary>
    public int Lanes { get; init; } = Environment.ProcessorCount;

    /// <summary>How long a worker may take to start and introduce itself.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one module may compile.</summary>
    public TimeSpan CompileTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Resident bytes that one compilation may hold.</summary>
    public long CompileMemory { get; init; } = 2L << 30;

    /// <summary>Resident bytes that a worker may hold beyond the module's memory, input and output.</summary>
    public long WorkerOverhead { get; init; } = 384L << 20;

    /// <summary>Bytes of compiled artefacts kept on disk; the least recently used go first.</summary>
    public long ArtefactBytes { get; init; } = 2L << 30;

    /// <summary>How often a busy worker's memory and time are looked at.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Told of every question once its worker, named by process number, has been sent it. For tests of faults.</summary>
    internal Action<int, MessageKind>? Asked { get; init; }

    /// <summary>Every fault in these settings, in words; empty when they are sound.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(Directory)) faults.Add("sandbox: Directory must be named");
        if (Lanes is < 1 or > 1024) faults.Add($"sandbox: Lanes must be 1 to 1024, not {Lanes}");
        if (StartTimeout <= TimeSpan.Zero) faults.Add("sandbox: StartTimeout must be positive");
        if (CompileTimeout <= TimeSpan.Zero) faults.Add("sandbox: CompileTimeout must be positive");
        if (WatchInterval <= TimeSpan.Zero) faults.Add("sandbox: WatchInterval must be positive");
        if (CompileMemory < 128L << 20) faults.Add("sandbox: CompileMemory must be at least 128 MiB");
        if (WorkerOverhead < 128L << 20) faults.Add("sandbox: WorkerOverhead must be at least 128 MiB");
        if (ArtefactBytes < 0) faults.Add("sandbox: ArtefactBytes must not be negative");
        return faults;
    }
}
