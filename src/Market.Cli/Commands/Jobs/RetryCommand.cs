using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Client.Retrying;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job retry</c>: buy again what a job failed to deliver, and only that.</summary>
internal static class RetryCommand
{
    public static Command Create(Terminal terminal)
    {
        var (id, budget, skip, output, timeout) = (JobOptions.Id(terminal), JobOptions.Budget(), JobOptions.SkipLocalRun(), JobOptions.Out(), JobOptions.Timeout());
        var (detach, accept, param) = (JobOptions.Detach(), JobOptions.Accept(), JobOptions.Param());
        var file = new Option<string?>("--file") { Description = "Job file, if it is no longer where the job was run from", HelpName = "job.yaml" };
        var fresh = new Option<bool>("--fresh") { Description = "Buy every tasklet anew, whatever was delivered or failed" };
        return new Command("retry", "Run again only what failed: what was delivered for the same module, input and limits is kept")
        {
            id, file, param, fresh, budget, skip, output, timeout, detach, accept,
        }.Runs(terminal, async (context, cancel) =>
        {
            var wait = context.TimeoutOf(timeout);
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged)
            {
                var resolved = await JobLoading.ResolveAsync(context, FileOf(staged.Id, staged.JobFile, context.Get(file)), context.ParamsOf(param), cancel);
                var asked = new StagedRetry.Request(staged, resolved, context.Get(fresh), context.Get(skip), context.Get(output), wait, context.Get(detach), context.Get(accept));
                return await StagedRetry.RunAsync(context, asked, asset => context.BudgetOf(budget, asset), cancel);
            }

            var job = store.Find(context.Get(id)!);
            var whole = await JobLoading.PrepareAsync(context, FileOf(job.Id, job.JobFile, context.Get(file)), context.ParamsOf(param), cancel);
            var profile = context.ProfileOf(job);
            using var market = await MarketClient.ConnectAsync(profile, context.Terminal.Home, context.Account(), context.Terminal.Time, cancel);

            // What was delivered is fetched first, and devices give results only to callers that they can name.
            market.SignWith(await context.UnlockAsync(profile, cancel));
            var folder = context.Get(output);
            var plan = await market.PlanRetryAsync(job, whole, context.Get(fresh), folder, cancel);
            Say(context, whole, plan);
            if (plan.Job is null) return await NothingAsync(context, plan);

            var local = await JobLoading.RunLocallyAsync(context, market, plan.Job, context.Get(skip), cancel);
            var quote = await market.QuoteAsync(plan.Job, local, context.BudgetOf(budget, market.Asset), cancel);
            plan.RequireEnough(quote);
            if (!context.ConfirmSpending(profile, market.Asset, new Spending("escrow", quote.Plan.Escrow, QuoteCommand.Rows(quote))))
            {
                await WriteAsync(context, plan, quote, null);
                return ExitCode.Ok;
            }

            var record = await RunCommand.PostAsync(context, market, quote, folder ?? plan.OutputDirectory, cancel, plan);
            if (context.Get(detach))
            {
                await WriteAsync(context, plan, quote, JobDocument.Of(await market.LookAsync(record, cancel)));
                context.Say($"[grey]next:[/] market job watch {record.Id}");
                return ExitCode.Ok;
            }

            context.Say($"submitted [bold]{record.Id}[/] (attached; Ctrl+C detaches)");
            var (last, collected) = await RunCommand.FinishAsync(context, market, record, wait, context.Get(accept), cancel);
            await WriteAsync(context, plan, quote, JobDocument.Of(last, collected), ProgressLines.Summary(last, collected));
            context.Say($"[grey]next:[/] market verify {Markup.Escape(collected.Directory)}");
            return collected.IsComplete && plan.CanComplete ? ExitCode.Ok : ExitCode.TaskletsFailed;
        });
    }

    private static string FileOf(string job, string? from, string? named)
    {
        if (named is not null) return named;
        if (from is not null && File.Exists(from)) return from;
        var gone = from is null ? "did not come from a file" : $"came from {from}, which is gone";
        throw new MarketException("E1231", ExitCode.FileInvalid, $"Job {job} {gone}; nothing was sent.", $"market job retry {job} --file job.yaml");
    }

    private static void Say(CommandContext context, PreparedJob whole, RetryPlan plan)
    {
        context.Say($"of {plan.Total} tasklets {plan.Reused.Length} are delivered and kept, {plan.Retried.Length} run again");
        foreach (var tasklet in plan.Repeating.Take(5))
        {
            context.Say(Markup.Escape($"tasklet {tasklet} ('{whole.Stage.Tasklets[(int)tasklet].Item}') failed, and would again with the same module, input and limits: left out"));
        }

        if (plan.Repeating.Length > 5) context.Say($"and {plan.Repeating.Length - 5} more");
    }

    private static async Task<ExitCode> NothingAsync(CommandContext context, RetryPlan plan)
    {
        if (!plan.CanComplete) throw RetryPlan.SameAgain(plan.Of, $"{plan.Repeating.Length} of {plan.Total} tasklets failed");
        await WriteAsync(context, plan, null, null, "nothing to retry: every tasklet has its output");
        return ExitCode.Ok;
    }

    private static Task WriteAsync(CommandContext context, RetryPlan plan, Quote? quote, JobDocument? job, string? text = null) => context.WriteAsync(
        new RetryDocument("market.retry/1", plan.Of, plan.Total, plan.Reused, plan.Retried, plan.Repeating, quote is null ? null : QuoteCommand.Document(quote), job),
        JobJson.Default.RetryDocument,
        d => text ?? d.Job?.Id ?? "");
}

/// <param name="Schema">market.retry/1</param>
/// <param name="Of">Id of the first job.</param>
/// <param name="Tasklets">Tasklets of the whole job.</param>
/// <param name="Reused">Those whose outputs are kept.</param>
/// <param name="Retried">Those that are bought again.</param>
/// <param name="Repeating">Those that failed and would fail the same way, and are left out.</param>
/// <param name="Quote">The price of what is bought again; null if nothing is.</param>
/// <param name="Job">The new job; null for a dry run.</param>
internal sealed record RetryDocument(
    string Schema, string Of, uint Tasklets, IReadOnlyList<uint> Reused, IReadOnlyList<uint> Retried, IReadOnlyList<uint> Repeating, QuoteDocument? Quote, JobDocument? Job);
