using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Graphs;
using Market.Client.JobFiles;
using Market.Client.Staging;
using Market.Domain.Money;
using Spectre.Console;
using Profile = Market.Client.Configuration.Profile;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job run</c> for a job of several stages: plan, confirm, post, follow, collect.</summary>
internal static class StagedRun
{
    /// <summary>What was asked for on the command line.</summary>
    internal sealed record Request(ResolvedJob Job, Profile Profile, bool SkipLocalRun, string? Output, TimeSpan? Wait, bool Detach, bool Accept);

    public static async Task<ExitCode> RunAsync(CommandContext context, Request asked, Func<Asset, Amount?> budget, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(asked.Profile, context.Terminal.Home, context.Account(), context.Terminal.Time, cancel);
        var quote = await StageQuote.MakeAsync(context, market, asked.Job, asked.SkipLocalRun, budget(market.Asset), cancel);
        if (!context.ConfirmSpending(asked.Profile, market.Asset, new Spending("escrow", quote.Escrow, StageQuote.Rows(quote))))
        {
            await context.WriteAsync(StageQuote.Document(quote), JobJson.Default.StageQuoteDocument, _ => "");
            return ExitCode.Ok;
        }

        market.SignWith(await context.UnlockAsync(asked.Profile, cancel));
        var record = await market.PostAsync(quote, asked.Output, new PostingLines(context), cancel);
        if (asked.Detach)
        {
            var posted = await market.LookAsync(record, cancel);
            await context.WriteAsync(StagedDocument.Of(posted, null), JobJson.Default.StagedDocument, d => d.Id);
            context.Say($"[grey]next:[/] market job watch {record.Id}");
            return ExitCode.Ok;
        }

        context.Say($"submitted [bold]{record.Id}[/] (attached; Ctrl+C detaches)");
        var last = await FollowAsync(context, market, record, asked.Wait, asked.Accept, cancel);
        var collected = await market.CollectAsync(record, null, cancel);
        await market.RedepositAsync(last, cancel);
        await context.WriteAsync(StagedDocument.Of(last, collected), JobJson.Default.StagedDocument, d => d.Text());
        context.Say($"[grey]next:[/] market job {(last.IsComplete && collected.IsComplete ? "graph" : "retry")} {record.Id}");
        return last.IsComplete && collected.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
    }

    /// <summary>Follows until the job is over, showing its cells: a picture that changes on a terminal, else a line for each change.</summary>
    /// <exception cref="MarketException">E2302: the timeout passed first; the job goes on.</exception>
    public static async Task<StagedProgress> FollowAsync(CommandContext context, MarketClient market, StagedRecord record, TimeSpan? wait, bool accept, CancellationToken cancel)
    {
        Task<StagedProgress> ShowAsync(Action<JobGraph> show) => Following.FollowAsync(
            context, market, record, wait,
            async progress =>
            {
                show(JobGraphs.Of(progress));
                if (accept && progress.Stages is { IsEmpty: false } stages && stages.All(stage => stage.Stage.IsBound)) await AcceptAsync(context, market, progress, cancel);
            },
            cancel);

        return context.Quiet || !context.Error.Profile.Capabilities.Interactive
            ? await ShowAsync(new StageLines(context).Show)
            : await context.Error.Live(new Text("")).StartAsync(live => ShowAsync(graph => live.UpdateTarget(new Markup(string.Join('\n', GraphCommand.Markups(graph))))));
    }

    private static async Task AcceptAsync(CommandContext context, MarketClient market, StagedProgress progress, CancellationToken cancel)
    {
        if (progress.Stages.All(stage => stage.Leases.All(lease => lease.State != Domain.Leases.LeaseState.Committed))) return;
        if (!(await market.CollectAsync(progress.Record, null, cancel)).Unavailable.IsEmpty) return;
        var count = await market.AcceptAsync(progress, cancel);
        if (count > 0) context.Say($"accepted {count} {(count == 1 ? "lease" : "leases")}: the results are here and match their roots");
    }
}
