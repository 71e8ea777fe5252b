using Market.Domain.Results;
using Market.Hashing;

namespace Market.Client.Retrying;

/// <summary>What decides a tasklet's result: the program, its input and the caps that it can notice.</summary>
/// <param name="Module">The program.</param>
/// <param name="Input">What it reads.</param>
/// <param name="MemoryPages">Cap on its memory.</param>
/// <param name="OutputLimit">Cap on its output.</param>
internal readonly record struct ContentKey(BlobName Module, ManifestRecord Input, uint MemoryPages, uint OutputLimit);

/// <summary>How a tasklet that was bought before ended.</summary>
internal enum PastEnding
{
    /// <summary>It trapped or exited with an error, which the same content does again.</summary>
    Failed,

    /// <summary>It needed more than its fuel, which it does again with no more than that.</summary>
    OutOfFuel,

    /// <summary>Its output was fetched and matches what was committed.</summary>
    Delivered,
}

/// <summary>One tasklet's result from an earlier offer of this job.</summary>
/// <param name="Key">What was run.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Mfuel">The fuel that it was given, in Mfuel.</param>
/// <param name="File">Where its output was written; null unless it was delivered.</param>
internal sealed record PastResult(ContentKey Key, PastEnding Ending, uint Mfuel, string? File);
