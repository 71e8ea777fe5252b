using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Collecting;
using Market.Client.Following;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Results;

namespace Market.Cli.Commands.Jobs;

/// <summary>A job as <c>--json</c> shows it.</summary>
internal sealed record JobDocument(
    string Schema,
    string Id,
    string Name,
    string Profile,
    string Offer,
    OfferState State,
    bool Over,
    TaskletsDocument Tasklets,
    MoneyDocument Escrow,
    MoneyDocument Expected,
    MoneyDocument Paid,
    MoneyDocument? Cost,
    MoneyDocument Refund,
    string CreatedAt,
    string DueBy,
    IReadOnlyList<LeaseDocument> Leases,
    IReadOnlyList<CopyDocument>? Copies,
    string OutputDirectory,
    ResultsDocument? Results)
{
    public const string CurrentSchema = "market.job/1";

    public static JobDocument Of(JobProgress progress, CollectedJob? collected = null)
    {
        var (job, view) = (progress.Job, progress.View);
        return new JobDocument(
            CurrentSchema,
            job.Id,
            job.Name,
            job.Profile,
            job.Offer.ToString(),
            view.State,
            progress.IsOver,
            new TaskletsDocument(job.Terms.Total, view.Waiting, view.Running, view.Committed, view.Settled),
            MoneyDocument.Of(job.Asset, view.State == OfferState.None ? job.Escrow : view.Escrow),
            MoneyDocument.Of(job.Asset, job.Expected),
            MoneyDocument.Of(job.Asset, view.Paid),
            view.Cost is { } cost ? MoneyDocument.Of(job.Asset, cost) : null,
            MoneyDocument.Of(job.Asset, view.Refund),
            UnixTime.From(job.CreatedAt).ToString(),
            job.DueBy.ToString(),
            [.. view.Leases.Select(lease => LeaseDocument.Of(job, lease))],
            progress.Copies.IsEmpty ? null : [.. progress.Copies.Select(CopyDocument.Of)],
            collected?.Directory ?? job.OutputDirectory,
            collected is null ? null : ResultsDocument.Of(collected));
    }
}

/// <summary>A second copy of a range that a slow device had.</summary>
/// <param name="Id">The copy's own job.</param>
/// <param name="First">First tasklet of the range, in the whole job.</param>
/// <param name="Count">Tasklets of the range.</param>
/// <param name="State">State of the copy's offer.</param>
/// <param name="Escrow">Most that it may cost.</param>
/// <param name="Paid">To devices so far.</param>
/// <param name="Leases">Its leases; they count from the range's first tasklet.</param>
internal sealed record CopyDocument(string Id, uint First, uint Count, OfferState State, MoneyDocument Escrow, MoneyDocument Paid, IReadOnlyList<LeaseDocument> Leases)
{
    public static CopyDocument Of(JobProgress copy) => new(
        copy.Job.Id,
        copy.Job.Retry!.Tasklets[0],
        (uint)copy.Job.Retry.Tasklets.Length,
        copy.View.State,
        MoneyDocument.Of(copy.Job.Asset, copy.Job.Escrow),
        MoneyDocument.Of(copy.Job.Asset, copy.View.Paid),
        [.. copy.View.Leases.Select(lease => LeaseDocument.Of(copy.Job, lease))]);
}

internal sealed record TaskletsDocument(uint Total, uint Waiting, uint Running, uint Committed, uint Settled);

internal sealed record LeaseDocument(
    string Key, uint Device, uint First, uint Count, ushort Attempt, LeaseState State, string LeasedAt, string Due, string? FinalAt, string? ResultRoot, MoneyDocument Paid, MoneyDocument Penalty)
{
    public static LeaseDocument Of(JobRecord job, LeaseView lease) => new(
        lease.Key.ToString(),
        lease.Lease.Device.Value,
        lease.Lease.First,
        lease.Lease.Count,
        lease.Lease.Attempt,
        lease.State,
        lease.LeasedAt.ToString(),
        lease.Due.ToString(),
        lease.FinalAt?.ToString(),
        lease.ResultRoot?.ToString(),
        MoneyDocument.Of(job.Asset, lease.Paid),
        MoneyDocument.Of(job.Asset, lease.Penalty));
}

internal sealed record ResultsDocument(
    IReadOnlyList<FileDocument> Files, IReadOnlyList<FailureDocument> Failures, IReadOnlyList<uint> Unavailable, uint Unfinished, uint NotFinal, string? Receipts, string? Picture,
    IReadOnlyList<UpstreamFailureDocument>? Upstream)
{
    public static ResultsDocument Of(CollectedJob collected) => new(
        [.. collected.Files.Select(file => new FileDocument(file.Tasklet, file.Name, file.Length, file.FuelUsed, file.Device.Value))],
        [.. collected.Failures.Select(failure => new FailureDocument(failure.Tasklet, failure.Item, failure.Status, failure.ExitCode, failure.FuelUsed, failure.OutOfFuel))],
        collected.Unavailable,
        collected.Unfinished,
        collected.NotFinal,
        collected.ReceiptsFile,
        collected.PictureFile,
        collected.Upstream.IsEmpty ? null : [.. collected.Upstream.Select(f => new UpstreamFailureDocument(f.Stage, f.Tasklet, f.Status, f.ExitCode, f.FuelUsed, f.OutOfFuel))]);
}

internal sealed record FileDocument(uint Tasklet, string Name, long Bytes, ulong FuelUsed, uint Device);

internal sealed record FailureDocument(uint Tasklet, string Item, TaskletStatus Status, uint ExitCode, ulong FuelUsed, bool OutOfFuel);

// A tasklet that failed in a stage that others read.
internal sealed record UpstreamFailureDocument(string Stage, uint Tasklet, TaskletStatus Status, uint ExitCode, ulong FuelUsed, bool OutOfFuel);

internal sealed record JobListDocument(string Schema, IReadOnlyList<JobListEntry> Jobs);

// Tasklets are null for a job of several stages, stages for a job of one task.
internal sealed record JobListEntry(string Id, string Name, string Profile, uint? Tasklets, int? Stages, MoneyDocument Escrow, string CreatedAt, string? DueBy, string OutputDirectory);

/// <summary>One line of <c>job watch --json</c>.</summary>
internal sealed record JobEventDocument(string Schema, string Job, string Time, TaskletsDocument Tasklets, LeaseDocument? Lease, bool Over);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(Domain.Json.WordConverter<OfferState>), typeof(Domain.Json.WordConverter<LeaseState>), typeof(Domain.Json.WordConverter<TaskletStatus>),
        typeof(Domain.Json.WordConverter<Severity>),
    ])]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(StagedDocument))]
[JsonSerializable(typeof(StagedEventDocument))]
[JsonSerializable(typeof(HereDocument))]
[JsonSerializable(typeof(JobListDocument))]
[JsonSerializable(typeof(JobEventDocument))]
[JsonSerializable(typeof(JobLogDocument))]
[JsonSerializable(typeof(TraceDocument))]
[JsonSerializable(typeof(JobGraphDocument))]
[JsonSerializable(typeof(ExplanationDocument))]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(QuoteDocument))]
[JsonSerializable(typeof(StageQuoteDocument))]
[JsonSerializable(typeof(RetryDocument))]
[JsonSerializable(typeof(StagedRetryDocument))]
internal sealed partial class JobJson : JsonSerializerContext;
