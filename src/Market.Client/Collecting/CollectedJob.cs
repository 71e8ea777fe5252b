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
    /// <summary>Of a job of several stages: tasklets that failed in stages that others read, whose results rest on what little they wrote.</summary>
    public ImmutableArray<FailedUpstream> Upstream { get; init; } = [];

    /// <summary>Whether every tasklet's output was written, and none rests on one that failed.</summary>
    public bool IsComplete => Failures.IsEmpty && Unavailable.IsEmpty && Unfinished == 0 && Upstream.IsEmpty;

    /// <summary>Together with what a second copy of some of its tasklets brought; where both brought something, this stands.</summary>
    /// <param name="tasklets">Index in this job of each tasklet of the copy.</param>
    /// <param name="copy">What the copy brought.</param>
    public CollectedJob With(ImmutableArray<uint> tasklets, CollectedJob copy)
    {
        var (here, failed) = (Files.Select(file => file.Tasklet).ToHashSet(), Failures.Select(failure => failure.Tasklet).ToHashSet());
        var lost = Unavailable.ToHashSet();
        CollectedFile[] files = [.. copy.Files.Select(file => file with { Tasklet = tasklets[(int)file.Tasklet] }).Where(file => !here.Contains(file.Tasklet) && !failed.Contains(file.Tasklet))];
        FailedTasklet[] failures = [.. copy.Failures.Select(failure => failure with { Tasklet = tasklets[(int)failure.Tasklet] }).Where(failure => !here.Contains(failure.Tasklet) && !failed.Contains(failure.Tasklet))];
        var brought = files.Select(file => file.Tasklet).Concat(failures.Select(failure => failure.Tasklet)).ToHashSet();
        return this with
        {
            Files = [.. Files.Concat(files).OrderBy(file => file.Tasklet)],
            Failures = [.. Failures.Concat(failures).OrderBy(failure => failure.Tasklet)],
            Unavailable = [.. lost.Except(brought).Order()],
            Unfinished = Unfinished - (uint)brought.Count(tasklet => !lost.Contains(tasklet)),
            NotFinal = NotFinal + copy.NotFinal,
            ReceiptsFile = ReceiptsFile ?? copy.ReceiptsFile,
            PictureFile = PictureFile ?? copy.PictureFile,
        };
    }
}

/// <summary>An output that was checked against its root and written.</summary>
public sealed record CollectedFile(uint Tasklet, string Name, long Length, ulong FuelUsed, DeviceId Device);

/// <summary>A tasklet that a device ran and that failed.</summary>
public sealed record FailedTasklet(uint Tasklet, string Item, TaskletStatus Status, uint ExitCode, ulong FuelUsed, bool OutOfFuel);

/// <summary>A tasklet that failed in a stage that others read.</summary>
public sealed record FailedUpstream(string Stage, uint Tasklet, TaskletStatus Status, uint ExitCode, ulong FuelUsed, bool OutOfFuel);
