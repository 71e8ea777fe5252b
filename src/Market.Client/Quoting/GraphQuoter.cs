using System.Collections.Immutable;
using Market.Chain;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Markets;
using Market.Client.Staging;
using Market.Domain.Books;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Hashing;

namespace Market.Client.Quoting;

/// <summary>What a job of several stages would cost, when it would end and who would run it. Nothing was signed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Samples">What is known of each stage, in the job's order.</param>
/// <param name="Plan">The stages with their service levels and offers.</param>
/// <param name="Stages">The stages as they are posted, parents first.</param>
/// <param name="Snapshot">The market that was looked at.</param>
/// <param name="Budget">Most that the job may cost.</param>
/// <param name="Escrow">What posting takes: all attempts of all stages with tips, as far as the budget goes.</param>
/// <param name="Tip">To whoever opens or records a stage, or ends the job.</param>
/// <param name="Credit">The consumer's credit in the market.</param>
/// <param name="Asset">How amounts are written.</param>
/// <param name="Waits">Whether every lane that suits a stage is taken now, and the plan is made for when they are free.</param>
public sealed record GraphQuote(
    ResolvedJob Job,
    ImmutableArray<StageSample> Samples,
    GraphPlan Plan,
    ImmutableArray<StagedStage> Stages,
    MarketSnapshot Snapshot,
    Amount Budget,
    Amount Escrow,
    Amount Tip,
    Amount Credit,
    Asset Asset,
    bool Waits);

/// <summary>Plans a job of several stages against the live market.</summary>
internal sealed class GraphQuoter(MarketConnection connection, Asset asset, GraphOptions options)
{
    private const ulong Tip = 1_000;

    // Opening, recording as committed and as final; the last call ends the job.
    private const uint CallsPerStage = 3;

    /// <summary>Quotes.</summary>
    /// <exception cref="MarketException">A stage cannot be served, or the stages fit no deadline or budget.</exception>
    public async Task<GraphQuote> QuoteAsync(ResolvedJob job, ImmutableArray<StageSample> samples, Address consumer, Amount? budget, CancellationToken cancel)
    {
        var spec = job.File.Spec;
        var most = budget ?? Quoter.BudgetOf(spec.Sla, asset);
        var tips = new Amount(Tip) * (uint)((CallsPerStage * spec.Stages.Length) + 1);
        var (reader, regions) = (new MarketReader(connection), spec.Stages.Select(stage => stage.Sla.Locality?.Region ?? 0).Distinct().ToArray());
        var snapshot = await reader.ReadAsync(regions, cancel);
        var request = new GraphRequest
        {
            Job = spec,
            Stages = [.. samples.Select(sample => sample.Estimate)],
            Budget = most > tips ? most - tips : Amount.Zero,
            OwnBudgets = [.. spec.Stages.Select(stage => stage.OwnBudget ? (Amount?)Quoter.BudgetOf(stage.Sla, asset) : null)],
            Consumer = consumer,
        };
        var bounded = options with { Offers = options.Offers with { WindowSeconds = Math.Min(options.Offers.WindowSeconds, snapshot.Rules.MaxWindowSeconds) } };
        var (outcome, waits) = (GraphPlanner.Plan(request, snapshot, bounded), false);
        if (outcome is NoGraphPlan { Offer.Reason: Refusal.NoDevice })
        {
            // Whoever suits is busy: the first stage's offer rests until lanes are free.
            var free = await reader.ReadAllFreeAsync(regions, cancel);
            if (GraphPlanner.Plan(request, free, bounded) is GraphPlan later) (outcome, snapshot, waits) = (later, free, true);
        }

        switch (outcome)
        {
            case GraphPlan plan:
                var stages = await StageSpecs.OfAsync(job, plan, snapshot.Now, cancel);
                var escrow = Amount.Min(most, plan.Stages.Aggregate(tips, (sum, stage) => sum + AllAttempts(stage, snapshot.Rules)));
                return new GraphQuote(job, samples, plan, stages, snapshot, most, escrow, new Amount(Tip), await connection.Market.CreditAsync(consumer, cancel), asset, waits);
            case NoGraphPlan none:
                throw new MarketException(GraphFault(none.Budget is { } least ? none with { Budget = least + tips } : none, spec, asset));
            case var other:
                throw new InvalidOperationException($"unknown outcome {other.GetType().Name}");
        }
    }

    /// <summary>What a stage can cost if every attempt at it is paid in full.</summary>
    internal static Amount AllAttempts(StagePlan stage, MarketRules rules) => Enumerable.Range(0, stage.Slo.Attempts)
        .Select(attempt => stage.Offer.Terms with { MaxTick = stage.Slo.Reserve.Plus(attempt * stage.Slo.EscalateTicks) })
        .Aggregate(Amount.Zero, (sum, terms) => sum + terms.Escrow(rules.FeeBps));

    /// <summary>Puts a refusal into words.</summary>
    internal static MarketFault GraphFault(NoGraphPlan none, JobSpec job, Asset asset)
    {
        var stage = none.Stage is { } id ? job.Find(id) : null;
        return none.Reason switch
        {
            GraphRefusal.DeadlineTooShort when stage is not null => new(
                "E2120", ExitCode.FileInvalid, $"Stage '{stage.Id}' takes {Duration.Format(none.Deadline!.Value)} on the devices there are, longer than its deadline {Duration.Format(stage.Sla.Deadline)}; nothing was sent.",
                $"raise the stage's sla.deadline to {Duration.Format(none.Deadline.Value)}"),
            GraphRefusal.DeadlineTooShort => new(
                "E2120", ExitCode.FileInvalid, $"The stages take {Duration.Format(none.Deadline!.Value)} on the devices there are, longer than sla.deadline {Duration.Format(job.Sla.Deadline)}; nothing was sent.",
                $"sla.deadline: {Duration.Format(none.Deadline.Value)}"),
            GraphRefusal.BudgetTooSmall => new(
                "E2106", ExitCode.FileInvalid, $"The stages together cost at least {asset.Format(none.Budget!.Value)}, more than the budget; nothing was sent.", $"sla.budget: {asset.Format(none.Budget.Value)}"),
            _ => InStage(PlanFaults.Of(none.Offer!, stage!, asset), stage!.Id),
        };
    }

    private static MarketFault InStage(MarketFault fault, StageId stage) => fault with { Message = $"Stage '{stage}': {fault.Message}" };
}
