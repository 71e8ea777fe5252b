namespace Market.Blobs;

/// <summary>Where blobs are kept and how much of the disk they may take.</summary>
public sealed record BlobStoreOptions
{
    /// <summary>The store's own directory; made, and closed to everyone but its owner, when the store opens.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes that all blobs together, finished and begun, may take.</summary>
    public long QuotaBytes { get; init; } = 20L << 30;

    /// <summary>Bytes that one blob may have.</summary>
    public long MaxBlobBytes { get; init; } = 4L << 30;

    /// <summary>How long a blob is kept at least when nobody asked for longer.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);
}
