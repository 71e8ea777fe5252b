using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Quoting;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Planning.Graphs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>What <c>market job quote</c> says of a job of several stages.</summary>
internal static class StageQuote
{
    public static async Task<ExitCode> WriteAsync(CommandContext context, ResolvedJob job, Option<string?> budget, CancellationToken cancel)
    {
        using var market = await MarketClient.ConnectAsync(context.ReadProfile(), context.Terminal.Home, context.AccountOrNull(), context.Terminal.Time, cancel);
        var samples = await market.RunStagesLocallyAsync(job, cancel);
        foreach (var sample in samples)
        {
            context.Say(Markup.Escape($"Stage '{sample.Stage}' checked locally on '{sample.Local.Item}': {sample.Local.Fuel} fuel, {sample.Local.Elapsed.TotalMilliseconds:0} ms, ran twice, same result"));
        }

        var quote = await market.QuoteStagesAsync(job, samples, context.BudgetOf(budget, market.Asset), cancel);
        await context.WriteAsync(Document(quote), JobJson.Default.StageQuoteDocument, _ => string.Join('\n', Lines(quote)));
        return ExitCode.Ok;
    }

    private static IEnumerable<string> Lines(GraphQuote quote)
    {
        var (asset, plan) = (quote.Asset, quote.Plan);
        foreach (var (stage, sample) in plan.Stages.Zip(quote.Samples))
        {
            var tasklets = sample.Estimate.Likely == sample.Estimate.Most ? $"{sample.Estimate.Likely}" : $"{sample.Estimate.Likely}, at most {sample.Estimate.Most}";
            var excluded = string.Join(", ", stage.Offer.Excluded.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key.Describe()} excludes {pair.Value}"));
            yield return $"{stage.Stage,-10} {tasklets} tasklets of about {sample.Estimate.Fuel.Likely} fuel, limit {new Fuel(stage.Offer.Terms.Mfuel * Fuel.PerMfuel)}";
            yield return string.Create(CultureInfo.InvariantCulture, $"{"",-10} from {Time(stage.Start)} to {Time(stage.End)}; opens by {Time(stage.Slo.OpensBy)}, may take {Time(stage.Slo.Deadline)}");
            yield return $"{"",-10} {stage.Offer.Matching} of {quote.Snapshot.Bids.Length} devices match{(excluded.Length == 0 ? "" : $"; {excluded}")}{PlanFaults.ToAdmitMore(stage.Offer, asset)}";
            yield return $"{"",-10} {asset.Format(stage.Cost.Likely)} of at most {asset.Format(stage.Slo.Budget)}, {asset.FormatPerGfuel(stage.Slo.Reserve.Price)}";
        }

        yield return $"{"path",-10} {string.Join(" > ", plan.CriticalPath)} decides when the job ends";
        yield return $"{"finish",-10} in about {Time(plan.Finish.Likely)} ({Time(plan.Finish.Low)} to {Time(plan.Finish.High)}); deadline {Time(quote.Job.File.Spec.Sla.Deadline)}";
        yield return $"{"expected",-10} {asset.Format(plan.Cost.Likely)} ({asset.Format(plan.Cost.Low)} to {asset.Format(plan.Cost.High)}), fee included";
        yield return $"{"budget",-10} {asset.Format(quote.Budget)}, of it {asset.Format(plan.KeptBudget)} for further attempts; what is not spent returns";
        yield return $"{"credit",-10} {asset.Format(quote.Credit)}";
    }

    private static StageQuoteDocument Document(GraphQuote quote)
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
                    new LocalRunDocument(sample.Local.Item, sample.Local.Fuel.Units, Milliseconds(sample.Local.Elapsed)),
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
    MoneyDocument Credit);

internal sealed record QuotedStageDocument(
    string Stage,
    uint Tasklets,
    uint MostTasklets,
    LocalRunDocument Local,
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
