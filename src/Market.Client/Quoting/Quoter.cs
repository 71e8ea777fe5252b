using System.Collections.Immutable;
using Market.Chain;
using Market.Chain.Generated.ComputeMarket;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Markets;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Hashing;

namespace Market.Client.Quoting;

/// <summary>Plans a job against the live market and asks the contract what matching would do.</summary>
internal sealed class Quoter(MarketConnection connection, Asset asset, PlannerOptions options)
{
    /// <summary>Quotes.</summary>
    /// <exception cref="MarketException">No terms can be made, or nobody matches them.</exception>
    public async Task<Quote> QuoteAsync(PreparedJob job, LocalRun? local, Address consumer, Amount? budget, CancellationToken cancel)
    {
        var spec = job.Stage.Spec;
        var most = budget ?? BudgetOf(spec.Sla, asset);
        var measured = local?.Fuel ?? spec.Limits.Fuel ?? throw new MarketException(
            "E1307", ExitCode.Usage, "Without a local run the fuel limit must be given.", "add limits.fuel, or leave --skip-local-run away");
        var (reader, region) = (new MarketReader(connection), spec.Sla.Locality?.Region ?? 0);
        var snapshot = await reader.ReadAsync([region], cancel);
        var request = new PlanRequest
        {
            Stage = spec,
            Total = (uint)job.Stage.Tasklets.Length,
            Measured = measured,
            Budget = most,
            Consumer = consumer,
            Nonce = await connection.Market.OfferNonceAsync(consumer, cancel),
            Work = job.Work.Hash(),
        };
        var bounded = options with { WindowSeconds = Math.Min(options.WindowSeconds, snapshot.Rules.MaxWindowSeconds) };
        var outcome = Planner.Plan(request, snapshot, bounded);
        if (outcome is NoPlan { Reason: Refusal.NoDevice })
        {
            // Whoever suits is busy: an offer rests until lanes are free.
            var free = await reader.ReadAllFreeAsync([region], cancel);
            if (Planner.Plan(request, free, bounded) is JobPlan later) (outcome, snapshot) = (later with { Waits = true }, free);
        }

        if (outcome is not JobPlan plan) throw new MarketException(PlanFaults.Of((NoPlan)outcome, spec, asset));
        var quote = await connection.Market.QuoteAsync(plan.Terms, cancel);
        if (quote.Tasklets == 0 && !plan.Waits) throw new MarketException("E2104", ExitCode.NoProvider, PlanFaults.NoDevice(snapshot.Bids.Length, Excluded(quote)), "market book show");
        return new Quote(
            job, local, plan with { Waits = quote.Tasklets == 0 }, snapshot, Fills(quote), new Amount(quote.Pay), new Amount(quote.Fee), most, await connection.Market.CreditAsync(consumer, cancel), asset);
    }

    /// <summary>What matching these terms now would give, and what excludes the other devices.</summary>
    public static async Task<MatchOutlook> OutlookAsync(MarketConnection connection, Terms terms, CancellationToken cancel)
    {
        var quote = await connection.Market.QuoteAsync(terms, cancel);
        return new MatchOutlook(quote.Tasklets, Excluded(quote).ToImmutableSortedDictionary());
    }

    /// <summary>A service level's budget in the asset's base units.</summary>
    /// <exception cref="MarketException">E1237 and E1238: there is none, or it is in another currency.</exception>
    internal static Amount BudgetOf(SlaSpec sla, Asset asset)
    {
        if (sla.Budget is not { } written) throw new MarketException("E1237", ExitCode.FileInvalid, "The job has no budget.", "add sla.budget, or --budget 0.10");
        if (written.Symbol is { } symbol && !symbol.Equals(asset.Symbol, StringComparison.OrdinalIgnoreCase))
        {
            throw new MarketException("E1238", ExitCode.FileInvalid, $"The budget is in {symbol}, and this market pays in {asset.Symbol}.", $"write sla.budget in {asset.Symbol}");
        }

        return written.TryScale(asset.Decimals, out var amount)
            ? amount
            : throw new MarketException("E1238", ExitCode.FileInvalid, $"The budget has more than {asset.Symbol}'s {asset.Decimals} decimals.", "round sla.budget");
    }

    private static ImmutableArray<QuotedFill> Fills(QuoteTuple quote) =>
        [.. quote.Fills.Select(fill => new QuotedFill(new DeviceId(fill.Device), fill.Count, new Tick(fill.Tick), new UnitPrice(fill.UnitPrice), new Amount(fill.Pay)))];

    private static Dictionary<Exclusion, int> Excluded(QuoteTuple quote) =>
        quote.Excluded.Select((count, reason) => ((Exclusion)reason, (int)count)).Where(pair => pair.Item2 > 0).ToDictionary();
}

/// <summary>What matching an offer now would give.</summary>
/// <param name="Tasklets">How many tasklets would be leased.</param>
/// <param name="Excluded">How many bids are excluded by what.</param>
public sealed record MatchOutlook(uint Tasklets, ImmutableSortedDictionary<Exclusion, int> Excluded);
