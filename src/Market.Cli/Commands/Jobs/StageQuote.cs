using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning.Graphs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>What <c>market job quote</c> says of a job of several stages, and <c>job run</c> before money moves.</summary>
internal static class StageQuote
{
    public static async Task<ExitCode> WriteAsync(CommandContext context, ResolvedJob job, bool skip, Option<string?> budget, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(context.ReadProfile(), context.Terminal.Home, context.AccountOrNull(), context.Terminal.Time, cancel);
        var quote = await MakeAsync(context, market, job, skip, context.BudgetOf(budget, market.Asset), cancel);
        await context.WriteAsync(Document(quote), JobJson.Default.StageQuoteDocument, _ => string.Join('\n', Rows(quote).Select(row => $"{row.Name,-10} {row.Text}")));
        return ExitCode.Ok;
    }

    /// <summary>Runs samples of every stage here unless told not to, and plans.</summary>
    public static async Task<GraphQuote> MakeAsync(CommandContext context, MarketClient market, ResolvedJob job, bool skip, Amount? budget, CancellationToken cancel)
    {
        if (skip) return await market.QuoteStagesAsync(job, null, budget, cancel);
        var samples = await market.RunStagesLocallyAsync(job, cancel);
        foreach (var sample in samples)
        {
            var local = sample.Local!;
            context.Say(Markup.Escape($"Stage '{sample.Stage}' checked locally on '{local.Item}': {local.Fuel} fuel, {local.Elapsed.TotalMilliseconds:0} ms, ran twice, same result"));
        }

        return await market.QuoteStagesAsync(job, samples, budget, cancel);
    }

    /// <summary>The lines that people see before they spend.</summary>
    public static IReadOnlyList<(string Name, string Text)> Rows(GraphQuote quote) => [.. RowsOf(quote)];

    private static IEnumerable<(string Name, string Text)> RowsOf(GraphQuote quote)
    {
        var (asset, plan) = (quote.Asset, quote.Plan);
        foreach (var (stage, sample) in plan.Stages.Zip(quote.Samples))
        {
            var tasklets = sample.Estimate.Likely == sample.Estimate.Most ? $"{sample.Estimate.Likely}" : $"{sample.Estimate.Likely}, at most {sample.Estimate.Most}";
            var excluded = string.Join(", ", stage.Offer.Excluded.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key.Describe()} excludes {pair.Value}"));
            yield return (stage.Stage.ToString(), $"{tasklets} tasklets of about {sample.Estimate.Fuel.Likely} fuel, limit {new Fuel(stage.Offer.Terms.Mfuel * Fuel.PerMfuel)}");
            yield return ("", string.Create(CultureInfo.InvariantCulture, $"from {Time(stage.Start)} to {Time(stage.End)}; opens by {Time(stage.Slo.OpensBy)}, may take {Time(stage.Slo.Deadline)}"));
            yield return ("", $"{stage.Offer.Matching} of {quote.Snapshot.Bids.Length} devices match{(excluded.Length == 0 ? "" : $"; {excluded}")}{PlanFaults.ToAdmitMore(stage.Offer, asset)}");
            yield return ("", $"{asset.Format(stage.Cost.Likely)} of at most {asset.Format(stage.Slo.Budget)}, {asset.FormatPerGfuel(stage.Slo.Reserve.Price)}");
            if (!sample.IsJudged && stage.Offer.Terms.Verdict == Verdict.Optimistic)
            {
                yield return ("", $"cannot be disputed: showing one of its inputs takes about {sample.Evidence >> 10:N0} KiB, more than {EvidenceWeight.Most >> 10}; read smaller groups or outputs, or name devices that you trust");
            }
        }

        yield return ("path", $"{string.Join(" > ", plan.CriticalPath)} decides when the job ends");
        yield return ("finish", $"in about {Time(plan.Finish.Likely)} ({Time(plan.Finish.Low)} to {Time(plan.Finish.High)}); deadline {Time(quote.Job.File.Spec.Sla.Deadline)}{(quote.Waits ? "; all lanes are taken now, and the job waits for them first" : "")}");
        yield return ("expected", $"{asset.Format(plan.Cost.Likely)} ({asset.Format(plan.Cost.Low)} to {asset.Format(plan.Cost.High)}), fee included");
        yield return ("budget", $"{asset.Format(quote.Budget)}, of it {asset.Format(plan.KeptBudget)} for further attempts");
        yield return ("escrow", $"{asset.Format(quote.Escrow)} for all attempts and tips; what is not spent returns");
        yield return ("credit", asset.Format(quote.Credit));
    }

    public static StageQuoteDocument Document(GraphQuote quote)
    {
        MoneyDocument Money(Amount amount) => MoneyDocument.Of(quote.Asset, amount);
        CostDocument Cost(CostRange cost) => new(Money(cost.Low), Money(cost.Likely), Money(cost.High));
        long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
        var plan = quote.Plan;
        return new StageQuoteDocument(
            "market.stage-quote/1",
            quote.Job.File.Spec.Name,
            [
                .. plan.Stages.Zip(quote.Samples, (stage, sample) => new QuotedStageDocument(
                    stage.Stage.ToString(),
                    sample.Estimate.Likely,
                    sample.Estimate.Most,
                    sample.Local is { } local ? new LocalRunDocument(local.Item, local.Fuel.Units, Milliseconds(local.Elapsed)) : null,
                    stage.Offer.Terms.Mfuel,
                    stage.Offer.Terms.ClassKey.ToString(),
                    stage.Offer.Matching,
                    stage.Offer.Excluded.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value),
                    Milliseconds(stage.Start),
                    Milliseconds(stage.End),
                    (long)stage.Slo.OpensBy.TotalSeconds,
                    (long)stage.Slo.Deadline.TotalSeconds,
                    Money(stage.Slo.Budget),
                    quote.Asset.FormatPerGfuelNumber(stage.Slo.Reserve.Price),
                    stage.Slo.Attempts,
                    stage.Offer.Terms.LeaseSeconds,
                    Cost(stage.Cost))),
            ],
            quote.Snapshot.Bids.Length,
            [.. plan.CriticalPath.Select(id => id.ToString())],
            Milliseconds(plan.Finish.Low),
            Milliseconds(plan.Finish.Likely),
            Milliseconds(plan.Finish.High),
            Cost(plan.Cost),
            Money(quote.Budget),
            Money(plan.KeptBudget),
            Money(quote.Escrow),
            Money(quote.Credit));
    }

    private static string Time(TimeSpan time) => Duration.Format(time);
}

internal sealed record StageQuoteDocument(
    string Schema,
    string Name,
    IReadOnlyList<QuotedStageDocument> Stages,
    int Live,
    IReadOnlyList<string> CriticalPath,
    long FinishLowMilliseconds,
    long FinishMilliseconds,
    long FinishHighMilliseconds,
    CostDocument Cost,
    MoneyDocument Budget,
    MoneyDocument KeptBudget,
    MoneyDocument Escrow,
    MoneyDocument Credit);

internal sealed record QuotedStageDocument(
    string Stage,
    uint Tasklets,
    uint MostTasklets,
    LocalRunDocument? Local,
    uint MfuelLimit,
    string Book,
    int Matching,
    IReadOnlyDictionary<string, int> Excluded,
    long StartMilliseconds,
    long EndMilliseconds,
    long OpensBySeconds,
    long DeadlineSeconds,
    MoneyDocument Budget,
    string ReservePerGfuel,
    int Attempts,
    uint LeaseSeconds,
    CostDocument Cost);

internal sealed record CostDocument(MoneyDocument Low, MoneyDocument Likely, MoneyDocument High);
