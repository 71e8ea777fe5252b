using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Results;

namespace Market.Client.Collecting;

/// <summary>What was collected of a job.</summary>
/// <param name="Directory">Where the files are.</param>
/// <param name="Files">Outputs written, in tasklet order.</param>
/// <param name="Failures">Tasklets that ran and failed: a trap or an exit code.</param>
/// <param name="Unavailable">Tasklets whose results are bound on the chain but were to be had from nobody.</param>
/// <param name="Unfinished">How many tasklets have no result yet.</param>
/// <param name="NotFinal">How many of the collected results can still be challenged.</param>
/// <param name="ReceiptsFile">Path of the receipts; null if no result is final.</param>
/// <param name="Inputs">What each tasklet of the job reads; empty if the manifest was to be had from nobody.</param>
/// <param name="PictureFile">Path of the assembled picture; null if there is none.</param>
public sealed record CollectedJob(
    string Directory,
    ImmutableArray<CollectedFile> Files,
    ImmutableArray<FailedTasklet> Failures,
    ImmutableArray<uint> Unavailable,
    uint Unfinished,
    uint NotFinal,
    ImmutableArray<ManifestRecord> Inputs,
    string? ReceiptsFile,
    string? PictureFile)
{
    /// <summary>Whether every tasklet's output was written.</summary>
    public bool IsComplete => Failures.IsEmpty && Unavailable.IsEmpty && Unfinished == 0;
}

/// <summary>An output that was checked against its root and written.</summary>
public sealed record CollectedFile(uint Tasklet, string Name, long Length, ulong FuelUsed, DeviceId Device);

/// <summary>A tasklet that a device ran and that failed.</summary>
public sealed record FailedTasklet(uint Tasklet, string Item, TaskletStatus Status, uint ExitCode, ulong FuelUsed, bool OutOfFuel);
