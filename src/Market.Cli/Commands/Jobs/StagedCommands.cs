using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Staging;

namespace Market.Cli.Commands.Jobs;

/// <summary>What job commands do for a job of several stages.</summary>
internal static class StagedCommands
{
    public static async Task<ExitCode> ShowAsync(CommandContext context, StagedRecord job, bool trace, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
        var progress = await market.LookAsync(job, cancel);
        if (trace)
        {
            await context.WriteAsync(TraceDocument.Of(progress, await market.TransactionsAsync(progress, cancel)), JobJson.Default.TraceDocument, d => d.Text());
            return ExitCode.Ok;
        }

        await context.WriteAsync(StagedDocument.Of(progress, null), JobJson.Default.StagedDocument, d => d.Text());
        context.Say($"[grey]next:[/] market job {(progress.IsOver ? "results" : "watch")} {job.Id}");
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> WatchAsync(CommandContext context, StagedRecord job, TimeSpan? timeout, bool keep, CancellationToken cancel)
    {
        var profile = context.ProfileOf(job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
        if (keep) market.SignWith(await context.UnlockAsync(profile, cancel));
        var last = context.Json
            ? await Following.FollowAsync(context, market, job, timeout, new StagedEvents(context).WriteAsync, cancel)
            : await StagedRun.FollowAsync(context, market, job, timeout, accept: false, cancel);
        if (!context.Json) await context.Terminal.Out.WriteLineAsync(StagedDocument.Of(last, null).Text());
        context.Say($"[grey]next:[/] market job results {job.Id}");
        return last.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
    }

    public static async Task<ExitCode> ResultsAsync(CommandContext context, StagedRecord job, string? output, CancellationToken cancel)
    {
        var profile = context.ProfileOf(job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
        market.SignWith(await context.UnlockAsync(profile, cancel));
        var collected = await market.CollectAsync(job, output, cancel);
        var progress = await market.LookAsync(job, cancel);
        await context.WriteAsync(StagedDocument.Of(progress, collected), JobJson.Default.StagedDocument, d => d.Text());
        return collected.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
    }

    public static async Task<ExitCode> LogsAsync(CommandContext context, StagedRecord job, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
        var history = (await market.LookAsync(job, cancel)).History;
        await LogsCommand.WriteAsync(context, new JobLogDocument("market.joblog/1", job.Id, [.. history.Events.Select(Entry)], market.Decisions.Read(job.Id)));
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> ExplainAsync(CommandContext context, StagedRecord job, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
        await ExplainCommand.WriteAsync(context, job.Id, await market.ExplainAsync(job, cancel));
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> CancelAsync(CommandContext context, StagedRecord job, CancellationToken cancel)
    {
        var profile = context.ProfileOf(job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
        if (!MarketClient.CanCancel(await market.LookAsync(job, cancel))) throw MarketClient.NothingToCancel(job.Id);
        context.Say("no further stage opens, and what no device has is cancelled; leases that were given go on and are paid if they are delivered.");
        if (context.DryRun) return ExitCode.Ok;
        context.Confirm($"End {job.Id}?");

        market.SignWith(await context.UnlockAsync(profile, cancel));
        var progress = await market.CancelAsync(job, cancel);
        await context.WriteAsync(StagedDocument.Of(progress, null), JobJson.Default.StagedDocument, d => $"{d.Id} cancelled; {d.Returned} back to the account so far");
        context.Say($"[grey]next:[/] market job {(progress.IsOver ? "show" : "watch")} {job.Id}");
        return ExitCode.Ok;
    }

    private static JobLogEntry Entry(StagedEvent e) => new(
        e.At.ToString(), e.Transaction.ToString(), e.Step, e.Text, e.Stage, e.Lease?.Key.ToString(), e.Lease?.Lease.Device.Value, e.Lease?.Lease.First, e.Lease?.Lease.Count, e.Lease?.Lease.Attempt);
}
