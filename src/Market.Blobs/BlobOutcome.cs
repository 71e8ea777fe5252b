using Market.Hashing;

namespace Market.Blobs;

/// <summary>What became of bytes that were handed to the store.</summary>
public enum BlobOutcome
{
    /// <summary>Refused: the chunk, or the whole, is not what the name says.</summary>
    WrongContent,

    /// <summary>Refused: longer than one blob may be.</summary>
    TooLarge,

    /// <summary>Refused: the quota is used up and nothing held may be evicted yet.</summary>
    QuotaExceeded,

    /// <summary>Refused for now: somebody else is writing this blob.</summary>
    Busy,

    /// <summary>Refused: the disk would not take it.</summary>
    DiskFull,

    /// <summary>The chunk is proven and kept; more are missing.</summary>
    Accepted,

    /// <summary>The whole blob is held.</summary>
    Stored,
}

/// <summary>The outcome of storing bytes whose name was not known before; the name is meaningful only when stored.</summary>
public readonly record struct BlobPut(BlobOutcome Outcome, BlobName Name);

/// <summary>Bytes on disk are no longer those that were stored under this name; the store has dropped them.</summary>
public sealed class BlobDamagedException(BlobName name) : IOException($"blob {name} is damaged on disk and was dropped")
{
    /// <summary>The blob that has to be fetched again.</summary>
    public BlobName Name { get; } = name;
}
