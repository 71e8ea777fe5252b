using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Jobs;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job results</c>: fetch, check and write what a job has produced so far.</summary>
internal static class ResultsCommand
{
    public static Command Create(Terminal terminal)
    {
        var (id, output) = (JobOptions.Id(terminal), JobOptions.Out());
        return new Command("results", "Fetch a job's results, check them against the chain and write them") { id, output }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.ResultsAsync(context, staged, context.Get(output), cancel);
            var job = store.Find(context.Get(id)!);
            var profile = context.ProfileOf(job);
            using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
            market.SignWith(await context.UnlockAsync(profile, cancel));
            var collected = await market.CollectAsync(job, context.Get(output), cancel);
            var progress = await market.LookAsync(job, cancel);
            await context.WriteAsync(JobDocument.Of(progress, collected), JobJson.Default.JobDocument, _ => ProgressLines.Summary(progress, collected));
            context.Say($"[grey]next:[/] market job {(collected.IsComplete ? "show" : progress.IsOver ? "retry" : "watch")} {job.Id}");
            return collected.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
        });
    }
}
