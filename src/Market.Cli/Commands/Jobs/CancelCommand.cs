using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Jobs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job cancel</c>: take back what no device has.</summary>
internal static class CancelCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = JobOptions.Id(terminal);
        return new Command("cancel", "Take back the tasklets that no device has; leased ones run on and are paid") { id }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.CancelAsync(context, staged, cancel);
            var job = store.Find(context.Get(id)!);
            var profile = context.ProfileOf(job);
            using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
            var before = (await market.LookAsync(job, cancel)).View;
            if (!MarketClient.CanCancel(before)) throw MarketClient.NothingToCancel(job.Id);
            context.Say(Markup.Escape($"{before.Waiting} tasklets that no device has are cancelled; {before.Running + before.Committed} go on and are paid if they are delivered."));
            if (context.DryRun) return ExitCode.Ok;
            context.Confirm($"Cancel what is left of {job.Id}?");

            market.SignWith(await context.UnlockAsync(profile, cancel));
            var progress = await market.CancelAsync(job, cancel);
            await context.WriteAsync(JobDocument.Of(progress), JobJson.Default.JobDocument, d => $"{d.Id} cancelled; {d.Refund} back to the credit of the account");
            context.Say($"[grey]next:[/] market job {(progress.View.Running + progress.View.Committed > 0 ? "watch" : "results")} {job.Id}");
            return ExitCode.Ok;
        });
    }
}
