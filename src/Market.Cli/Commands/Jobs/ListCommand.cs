using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Identity;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job list</c>: this user's jobs, from their records.</summary>
internal static class ListCommand
{
    public static Command Create(Terminal terminal) => new Command("list", "List the jobs that were posted from here, newest first").Runs(terminal, async (context, _) =>
    {
        var jobs = new JobStore(context.Terminal.Home, context.Terminal.Time).List();
        var document = new JobListDocument("market.jobs/1", [.. jobs.Select(Entry)]);
        await context.WriteAsync(document, JobJson.Default.JobListDocument, Text);
        return ExitCode.Ok;
    });

    private static JobListEntry Entry(JobRecord job) => new(
        job.Id, job.Name, job.Profile, job.Terms.Total, MoneyDocument.Of(job.Asset, job.Escrow), UnixTime.From(job.CreatedAt).ToString(), job.DueBy.ToString(), job.OutputDirectory);

    private static string Text(JobListDocument document) => document.Jobs.Count == 0
        ? "no jobs yet"
        : string.Join('\n', document.Jobs.Select(job => $"{job.Id}  {job.CreatedAt}  {job.Tasklets,8} tasklets  escrow {job.Escrow}  {job.Profile}  {job.Name}"));
}
