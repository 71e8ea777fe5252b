using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Domain.Progress;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job show</c>: where one job stands on the chain.</summary>
internal static class ShowCommand
{
    private const int RowLength = 64;

    public static Command Create(Terminal terminal)
    {
        var id = JobOptions.Id(terminal);
        var trace = new Option<bool>("--trace") { Description = "Show the job's transactions instead: what each did, its gas, and the trace id that spans are exported under" };
        return new Command("show", "Show where a job stands: tasklets, leases, money") { id, trace }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.ShowAsync(context, staged, context.Get(trace), cancel);
            var job = store.Find(context.Get(id)!);
            using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
            if (context.Get(trace))
            {
                var traced = TraceDocument.Of(job, await market.TransactionsAsync(job, cancel));
                await context.WriteAsync(traced, JobJson.Default.TraceDocument, d => d.Text());
                return ExitCode.Ok;
            }

            var progress = await market.LookAsync(job, cancel);
            await context.WriteAsync(JobDocument.Of(progress), JobJson.Default.JobDocument, d => Text(d, progress));
            context.Say($"[grey]next:[/] market job {(progress.IsOver ? "results" : "watch")} {job.Id}");
            return ExitCode.Ok;
        });
    }

    private static string Text(JobDocument job, JobProgress progress)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{job.Id}  {job.Name}  {job.State}{(job.Over ? ", over" : "")}"),
            string.Create(CultureInfo.InvariantCulture, $"tasklets  {job.Tasklets.Total}: {job.Tasklets.Settled} final, {job.Tasklets.Committed} committed, {job.Tasklets.Running} running, {job.Tasklets.Waiting} waiting"),
        };
        lines.AddRange(progress.View.Tasklets().Select(Letter).Chunk(RowLength).Take(16).Select(row => "          " + new string(row)));
        lines.AddRange(job.Leases.Select(lease => string.Create(
            CultureInfo.InvariantCulture, $"lease     d-{lease.Device}  {lease.First}-{lease.First + (ulong)lease.Count - 1}  {lease.State}  {(lease.Paid.BaseUnits == "0" ? "" : "paid " + lease.Paid)}").TrimEnd()));
        lines.AddRange((job.Copies ?? []).Select(copy => string.Create(
            CultureInfo.InvariantCulture, $"copy      {copy.First}-{copy.First + copy.Count - 1}  {copy.Id}  {string.Join(", ", copy.Leases.Select(lease => $"d-{lease.Device} {lease.State}").DefaultIfEmpty("no device yet"))}, paid {copy.Paid}")));
        lines.Add($"money     escrow {job.Escrow}, paid {job.Paid}{(job.Cost is null ? "" : $", cost {job.Cost}, refund {job.Refund}")}");
        lines.Add($"offer     {job.Offer}");
        lines.Add($"due by    {job.DueBy}");
        lines.Add($"outputs   {job.OutputDirectory}");
        return string.Join('\n', lines);
    }

    private static char Letter(TaskletState state) => state switch
    {
        TaskletState.Settled => 'S',
        TaskletState.Committed => 'c',
        TaskletState.Running => 'r',
        _ => '.',
    };
}
