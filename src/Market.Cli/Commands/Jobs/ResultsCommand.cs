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
            if (store.FindStaged(context.Get(id)!) is { } staged)
            {
                RequireNewest(store, staged.Id, staged.OutputDirectory, context.Get(output));
                return await StagedCommands.ResultsAsync(context, staged, context.Get(output), cancel);
            }

            var job = store.Find(context.Get(id)!);
            RequireNewest(store, job.Id, job.OutputDirectory, context.Get(output));
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

    // The folder holds the outputs of both, the retry's where there are two.
    private static void RequireNewest(JobStore store, string id, string directory, string? output)
    {
        if (store.NewestRetryOf(id, output is null ? directory : Path.GetFullPath(output)) is not { } retry) return;
        throw new MarketException(
            "E2309", ExitCode.Usage, $"Part of job {id} was bought again as {retry}: writing what {id} alone brought would replace newer outputs in {directory}.", $"market job results {retry}, or --out <folder> for what {id} alone brought");
    }
}
