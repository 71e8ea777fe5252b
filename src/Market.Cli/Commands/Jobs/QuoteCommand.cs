using System.CommandLine;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job quote</c>: what a job would cost and who would run it. Signs nothing.</summary>
internal static class QuoteCommand
{
    public static Command Create(Terminal terminal)
    {
        var (file, param, budget, skip) = (JobOptions.File(), JobOptions.Param(), JobOptions.Budget(), JobOptions.SkipLocalRun());
        return new Command("quote", "Run a sample here and price the job on the live market; signs nothing") { file, param, budget, skip }.Runs(terminal, async (context, cancel) =>
        {
            var resolved = await JobLoading.ResolveAsync(context, context.Get(file)!, context.ParamsOf(param), cancel);
            if (resolved.Stages.Length > 1) return await StageQuote.WriteAsync(context, resolved, context.Get(skip), budget, cancel);
            var job = await PreparedJob.PrepareAsync(resolved, cancel);
            using var market = await MarketClient.ConnectAsync(context.ReadProfile(), context.Terminal.Home, context.AccountOrNull(), context.Terminal.Time, cancel);
            var local = await JobLoading.RunLocallyAsync(context, market, job, context.Get(skip), cancel);
            var quote = await market.QuoteAsync(job, local, context.BudgetOf(budget, market.Asset), cancel);
            await context.WriteAsync(Document(quote), JobJson.Default.QuoteDocument, _ => string.Join('\n', Rows(quote).Select(row => $"{row.Name,-10} {row.Text}")));
            context.Say($"[grey]next:[/] market job run {Markup.Escape(context.Get(file)!)}");
            return ExitCode.Ok;
        });
    }

    /// <summary>The lines that people see before they spend.</summary>
    public static IReadOnlyList<(string Name, string Text)> Rows(Quote quote)
    {
        var (asset, terms, plan) = (quote.Asset, quote.Plan.Terms, quote.Plan);
        var devices = $"now {string.Join(", ", quote.Fills.Select(fill => $"{fill.Device} × {fill.Tasklets}"))}";
        var later = terms.Total - quote.Placed;
        var placed = plan.Waits ? "all their lanes are taken: the offer waits for them" : later > 0 ? $"{devices}; {later} wait for a free lane" : devices;
        var final = terms.Verdict == Verdict.Trusted
            ? $"trusted: the named devices are believed; nobody checks"
            : $"optimistic: anyone may challenge for {Duration.Format(TimeSpan.FromSeconds(terms.WindowSeconds))} after a result; no copy is run for comparison";
        return
        [
            ("tasklets", $"{terms.Total}, fuel limit {new Fuel(terms.Mfuel * Fuel.PerMfuel)} each"),
            ("devices", $"{plan.Matching} of {quote.Live} match in book {terms.ClassKey}; {placed}{PlanFaults.ToAdmitMore(plan, asset)}"),
            ("time", $"about {Duration.Format(plan.Duration)} to run{(plan.Waits ? " once they are free" : "")}; leases of {Duration.Format(TimeSpan.FromSeconds(terms.LeaseSeconds))}, deadline {terms.Deadline}"),
            ("verdict", final),
            ("expected", asset.Format(quote.Expected) + (plan.Waits ? " at the bids" : $" (devices {asset.Format(quote.Pay)}, fee {asset.Format(quote.Fee)})")),
            ("escrow", $"{asset.Format(plan.Escrow)} at most {asset.FormatPerGfuel(terms.MaxTick.Price)}; what is not spent returns"),
            ("credit", asset.Format(quote.Credit)),
        ];
    }

    public static QuoteDocument Document(Quote quote)
    {
        MoneyDocument Money(Amount amount) => MoneyDocument.Of(quote.Asset, amount);
        var terms = quote.Plan.Terms;
        return new QuoteDocument(
            "market.quote/1",
            quote.Job.Resolved.File.Spec.Name,
            terms.Total,
            terms.Mfuel,
            terms.ClassKey.ToString(),
            quote.Local is { } local ? new LocalRunDocument(local.Item, local.Fuel.Units, (long)local.Elapsed.TotalMilliseconds) : null,
            quote.Live,
            quote.Plan.Matching,
            quote.Plan.Excluded.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value),
            [.. quote.Fills.Select(fill => new FillDocument(fill.Device.Value, fill.Tasklets, quote.Asset.FormatPerGfuelNumber(fill.Price), Money(fill.Pay)))],
            quote.Placed,
            Money(quote.Expected),
            Money(quote.Plan.Escrow),
            Money(quote.Credit),
            quote.Asset.FormatPerGfuelNumber(terms.MaxTick.Price),
            terms.LeaseSeconds,
            terms.WindowSeconds,
            terms.Deadline.ToString(),
            (long)quote.Plan.Duration.TotalMilliseconds);
    }
}

internal sealed record QuoteDocument(
    string Schema,
    string Name,
    uint Tasklets,
    uint MfuelLimit,
    string Book,
    LocalRunDocument? Local,
    int Live,
    int Matching,
    IReadOnlyDictionary<string, int> Excluded,
    IReadOnlyList<FillDocument> Fills,
    uint Placed,
    MoneyDocument Expected,
    MoneyDocument Escrow,
    MoneyDocument Credit,
    string ReservePerGfuel,
    uint LeaseSeconds,
    uint WindowSeconds,
    string Deadline,
    long RunMilliseconds);

internal sealed record LocalRunDocument(string Item, ulong Fuel, long Milliseconds);

internal sealed record FillDocument(uint Device, uint Tasklets, string PricePerGfuel, MoneyDocument Pay);
