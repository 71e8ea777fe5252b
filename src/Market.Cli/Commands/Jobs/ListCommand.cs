using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Domain.Identity;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job list</c>: this user's jobs, from their records.</summary>
internal static class ListCommand
{
    public static Command Create(Terminal terminal) => new Command("list", "List the jobs that were posted from here, newest first").Runs(terminal, async (context, _) =>
    {
        var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
        var jobs = store.List().Select(job => (job.CreatedAt, Entry: Entry(job))).Concat(store.ListStaged().Select(job => (job.CreatedAt, Entry: Entry(job))));
        var document = new JobListDocument("market.jobs/1", [.. jobs.OrderByDescending(job => job.CreatedAt).Select(job => job.Entry)]);
        await context.WriteAsync(document, JobJson.Default.JobListDocument, Text);
        return ExitCode.Ok;
    });

    private static JobListEntry Entry(JobRecord job) => new(
        job.Id, job.Name, job.Profile, job.Terms.Total, null, MoneyDocument.Of(job.Asset, job.Escrow), UnixTime.From(job.CreatedAt).ToString(), job.DueBy.ToString(), job.OutputDirectory);

    private static JobListEntry Entry(StagedRecord job) => new(
        job.Id, job.Name, job.Profile, null, job.Stages.Length, MoneyDocument.Of(job.Asset, job.Budget), UnixTime.From(job.CreatedAt).ToString(), job.DueBy?.ToString(), job.OutputDirectory);

    private static string Text(JobListDocument document) => document.Jobs.Count == 0
        ? "no jobs yet"
        : string.Join('\n', document.Jobs.Select(job => $"{job.Id}  {job.CreatedAt}  {job.Tasklets ?? (uint)job.Stages!.Value,8} {(job.Stages is null ? "tasklets" : "stages  ")}  escrow {job.Escrow}  {job.Profile}  {job.Name}"));
}
