using Market.Cli.Shell;
using Market.Client;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Staging;

namespace Market.Cli.Commands.Jobs;

/// <summary>What show, watch and results do for a job of several stages.</summary>
internal static class StagedCommands
{
    public static async Task<ExitCode> ShowAsync(CommandContext context, StagedRecord job, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(ProfileOf(context, job), context.Terminal.Home, null, context.Terminal.Time, cancel);
        var progress = await market.LookAsync(job, cancel);
        await context.WriteAsync(StagedDocument.Of(progress, null), JobJson.Default.StagedDocument, d => d.Text());
        context.Say($"[grey]next:[/] market job {(progress.IsOver ? "results" : "watch")} {job.Id}");
        return ExitCode.Ok;
    }

    public static async Task<ExitCode> WatchAsync(CommandContext context, StagedRecord job, TimeSpan? timeout, bool keep, CancellationToken cancel)
    {
        var profile = ProfileOf(context, job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
        if (keep) market.SignWith(await context.UnlockAsync(profile, cancel));
        var last = await StagedRun.FollowAsync(context, market, job, timeout, accept: false, cancel);
        await context.WriteAsync(StagedDocument.Of(last, null), JobJson.Default.StagedDocument, d => d.Text());
        context.Say($"[grey]next:[/] market job results {job.Id}");
        return last.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
    }

    public static async Task<ExitCode> ResultsAsync(CommandContext context, StagedRecord job, string? output, CancellationToken cancel)
    {
        var profile = ProfileOf(context, job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, null, context.Terminal.Time, cancel);
        market.SignWith(await context.UnlockAsync(profile, cancel));
        var collected = await market.CollectAsync(job, output, cancel);
        var progress = await market.LookAsync(job, cancel);
        await context.WriteAsync(StagedDocument.Of(progress, collected), JobJson.Default.StagedDocument, d => d.Text());
        return collected.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
    }

    private static Profile ProfileOf(CommandContext context, StagedRecord job) =>
        new ProfileStore(context.Terminal.Home).Read(context.Profile ?? job.Profile);
}
