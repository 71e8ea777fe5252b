using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Jobs;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job watch</c>: follow a job that any process of this user posted.</summary>
internal static class WatchCommand
{
    public static Command Create(Terminal terminal)
    {
        var (id, timeout) = (JobOptions.Id(terminal), JobOptions.Timeout());
        var keep = new Option<bool>("--keep") { Description = "Also make the calls that move the job on (expire, lease again, settle, close); needs the wallet" };
        return new Command("watch", "Follow a job until it is over; Ctrl+C leaves it running") { id, timeout, keep }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.WatchAsync(context, staged, context.TimeoutOf(timeout), context.Get(keep), cancel);
            var job = store.Find(context.Get(id)!);
            var profile = context.ProfileOf(job);
            using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
            if (context.Get(keep)) market.SignWith(await context.UnlockAsync(profile, cancel));
            var lines = new ProgressLines(context);
            var last = await Following.FollowAsync(
                context, market, job, context.TimeoutOf(timeout),
                async progress =>
                {
                    if (context.Json) await Following.WriteEventsAsync(context, progress);
                    else lines.Show(progress);
                },
                cancel);
            if (!context.Json) await context.Terminal.Out.WriteLineAsync($"{job.Id} {(last.IsComplete ? "complete" : "over")}: {last.View.Settled} of {job.Terms.Total} tasklets final");
            context.Say($"[grey]next:[/] market job results {job.Id}");
            return last.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
        });
    }
}
