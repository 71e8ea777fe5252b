using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Retrying;
using Market.Client.Staging;
using Market.Domain.Money;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job retry</c> for a job of several stages: by stage and tasklet, what is here already is not bought.</summary>
internal static class StagedRetry
{
    /// <summary>What was asked for on the command line.</summary>
    internal sealed record Request(StagedRecord Job, ResolvedJob Whole, bool Fresh, bool SkipLocalRun, string? Output, TimeSpan? Wait, bool Detach, bool Accept);

    public static async Task<ExitCode> RunAsync(CommandContext context, Request asked, Func<Asset, Amount?> budget, CancellationToken cancel)
    {
        var profile = context.ProfileOf(asked.Job);
        using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, context.Account(), context.Terminal.Time, cancel);
        market.SignWith(await context.UnlockAsync(profile, cancel));
        var folder = asked.Output is null ? asked.Job.OutputDirectory : Path.GetFullPath(asked.Output);
        var jobs = new List<StagedDocument>();
        var first = await market.PlanRetryAsync(asked.Job, asked.Whole, asked.Fresh, folder, cancel);
        var left = budget(market.Asset);
        var had = -1;
        for (var plan = first; ; plan = await market.PlanRetryAsync(asked.Job, asked.Whole, fresh: false, folder, cancel))
        {
            Task WriteAsync(StageQuoteDocument? quote, bool complete) => context.WriteAsync(
                new StagedRetryDocument("market.stagedretry/1", plan.Of, complete, [.. first.Stages.Select(StageRetryDocument.Of)], quote, jobs, folder), JobJson.Default.StagedRetryDocument, d => d.Text());
            foreach (var stage in plan.Stages) context.Say(Markup.Escape(StageRetryDocument.Of(stage).Text()));
            if (plan.Job is null)
            {
                var complete = plan.Stages.All(stage => stage.Repeating.IsEmpty);
                if (!complete && jobs.Count == 0) throw RetryPlan.SameAgain(plan.Of, $"{plan.Stages.Sum(stage => stage.Repeating.Length)} tasklets failed");
                await WriteAsync(null, complete);
                context.Say($"[grey]next:[/] market verify {Markup.Escape(folder)}");
                return complete ? ExitCode.Ok : ExitCode.TaskletsFailed;
            }

            // What was bought and is to be had from nobody would be bought for ever.
            var has = plan.Stages.Sum(stage => stage.Reused.Length);
            if (has <= had)
            {
                await WriteAsync(null, complete: false);
                return ExitCode.TaskletsFailed;
            }

            had = asked.Fresh && jobs.Count == 0 ? -1 : has;
            if (plan.IsPart) context.Say("what others read and lacks comes first; the rest follows");
            var quote = await StageQuote.MakeAsync(context, market, plan.Job, asked.SkipLocalRun, left, cancel);
            plan.RequireEnough(quote);
            if (!context.ConfirmSpending(profile, market.Asset, new Spending("escrow", quote.Escrow, StageQuote.Rows(quote))))
            {
                await WriteAsync(StageQuote.Document(quote), complete: false);
                return ExitCode.Ok;
            }

            var record = await market.PostAsync(quote, folder, new PostingLines(context), cancel, plan);
            context.Say($"submitted [bold]{record.Id}[/]{(asked.Detach ? "" : " (attached; Ctrl+C detaches)")}");
            if (asked.Detach)
            {
                jobs.Add(StagedDocument.Of(await market.LookAsync(record, cancel), null));
                await WriteAsync(StageQuote.Document(quote), complete: false);
                context.Say($"[grey]next:[/] market job watch {record.Id}, then market job retry {plan.Of}");
                return ExitCode.Ok;
            }

            var last = await StagedRun.FollowAsync(context, market, record, asked.Wait, asked.Accept, cancel);
            var collected = plan.Results is null ? null : await market.CollectAsync(record, folder, cancel);
            await market.RedepositAsync(last, cancel);
            jobs.Add(StagedDocument.Of(last, collected));
            left = Amount.SubtractToZero(quote.Budget, last.Paid + last.Tipped);
            if (last.IsComplete && collected is null or { Unavailable.IsEmpty: true }) continue;
            await WriteAsync(StageQuote.Document(quote), complete: false);
            return ExitCode.TaskletsFailed;
        }
    }
}
