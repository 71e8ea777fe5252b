using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Collecting;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.InProcess;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Client.Retrying;
using Market.Domain.Offers;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job run</c>: quote, confirm, post, follow, collect.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var (file, param, budget, skip, output, timeout) = (JobOptions.File(), JobOptions.Param(), JobOptions.Budget(), JobOptions.SkipLocalRun(), JobOptions.Out(), JobOptions.Timeout());
        var (detach, accept, here) = (JobOptions.Detach(), JobOptions.Accept(), JobOptions.Here());
        return new Command("run", "Price a job, confirm, post it, follow it and collect its results") { file, param, budget, skip, output, timeout, detach, accept, here }.Runs(terminal, async (context, cancel) =>
        {
            var wait = context.TimeoutOf(timeout);
            var resolved = await JobLoading.ResolveAsync(context, context.Get(file)!, context.ParamsOf(param), cancel);
            if (context.Get(here)) return await HereAsync(context, resolved, context.Get(output), cancel);
            var profile = context.ReadProfile();
            if (resolved.Stages.Length > 1)
            {
                var asked = new StagedRun.Request(resolved, profile, context.Get(skip), context.Get(output), wait, context.Get(detach), context.Get(accept));
                return await StagedRun.RunAsync(context, asked, asset => context.BudgetOf(budget, asset), cancel);
            }

            var job = await PreparedJob.PrepareAsync(resolved, cancel);
            using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, context.Account(), context.Terminal.Time, cancel);
            var local = await JobLoading.RunLocallyAsync(context, market, job, context.Get(skip), cancel);
            var quote = await market.QuoteAsync(job, local, context.BudgetOf(budget, market.Asset), cancel);
            if (!context.ConfirmSpending(profile, market.Asset, new Spending("escrow", quote.Plan.Escrow, QuoteCommand.Rows(quote))))
            {
                await context.WriteAsync(QuoteCommand.Document(quote), JobJson.Default.QuoteDocument, _ => "");
                return ExitCode.Ok;
            }

            market.SignWith(await context.UnlockAsync(profile, cancel));
            var record = await PostAsync(context, market, quote, context.Get(output), cancel);
            if (context.Get(detach)) return await DetachAsync(context, market, record, cancel);

            context.Say($"submitted [bold]{record.Id}[/] (attached; Ctrl+C detaches)");
            var (last, collected) = await FinishAsync(context, market, record, wait, context.Get(accept), cancel);
            await context.WriteAsync(JobDocument.Of(last, collected), JobJson.Default.JobDocument, _ => ProgressLines.Summary(last, collected));
            context.Say($"[grey]next:[/] market job {(collected.IsComplete ? "show" : "retry")} {record.Id}");
            return collected.IsComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
        });
    }

    private static async Task<ExitCode> HereAsync(CommandContext context, ResolvedJob job, string? output, CancellationToken cancel)
    {
        var directory = output is null ? job.File.PathOf(job.File.Spec.Output.Directory) : Path.GetFullPath(output);
        await using var market = InProcessMarket.Open(Path.Combine(context.Terminal.Home.Root, "sandbox"), context.Terminal.Time);
        var outputs = await market.RunAsync(job, cancel);
        for (var i = 0; i < outputs.Length; i++)
        {
            var file = Path.Combine(directory, job.OutputName(i));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, outputs[i].ToArray(), cancel);
        }

        await context.WriteAsync(new HereDocument("market.here/1", job.File.Spec.Name, outputs.Length, directory), JobJson.Default.HereDocument, d => $"{d.Outputs} outputs in {d.OutputDirectory}");
        return ExitCode.Ok;
    }

    /// <summary>Sends inputs and posts, telling each step.</summary>
    public static Task<JobRecord> PostAsync(CommandContext context, MarketClient market, Quote quote, string? output, CancellationToken cancel, RetryPlan? retry = null) =>
        market.PostAsync(quote, output, new PostingLines(context), cancel, retry);

    private static async Task<ExitCode> DetachAsync(CommandContext context, MarketClient market, JobRecord record, CancellationToken cancel)
    {
        var progress = await market.LookAsync(record, cancel);
        await context.WriteAsync(JobDocument.Of(progress), JobJson.Default.JobDocument, d => d.Id);
        context.Say($"[grey]next:[/] market job watch {record.Id}");
        return ExitCode.Ok;
    }

    /// <summary>Follows a job to its end and collects it.</summary>
    public static async Task<(JobProgress Last, CollectedJob Collected)> FinishAsync(
        CommandContext context, MarketClient market, JobRecord record, TimeSpan? wait, bool accept, CancellationToken cancel)
    {
        var lines = new ProgressLines(context);
        var last = await Following.FollowAsync(
            context, market, record, wait,
            async progress =>
            {
                lines.Show(progress);
                if (accept && CanAccept(progress)) await AcceptAsync(context, market, progress, cancel);
            },
            cancel);
        return (last, await market.CollectAsync(record, null, cancel));
    }

    // All at once: a consumer that waits for the rest anyway pays for one transaction instead of many.
    private static bool CanAccept(JobProgress progress) =>
        progress.IsBound && progress.View.Terms.Verdict == Verdict.Optimistic && progress.Copies.Append(progress).Any(p => p.View.Committed > 0);

    private static async Task AcceptAsync(CommandContext context, MarketClient market, JobProgress progress, CancellationToken cancel)
    {
        var collected = await market.CollectAsync(progress.Job, null, cancel);
        if (!collected.Unavailable.IsEmpty) return;
        var count = await market.AcceptAsync(progress.Job, progress.View, cancel);
        foreach (var copy in progress.Copies) count += await market.AcceptAsync(copy.Job, copy.View, cancel);
        if (count > 0) context.Say($"accepted {count} {(count == 1 ? "lease" : "leases")}: the results are here and match their roots");
    }
}

/// <summary>What a run on this machine alone gave.</summary>
internal sealed record HereDocument(string Schema, string Name, int Outputs, string OutputDirectory);
