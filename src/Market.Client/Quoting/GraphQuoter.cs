using System.Collections.Immutable;
using Market.Chain;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Markets;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Hashing;

namespace Market.Client.Quoting;

/// <summary>What a job of several stages would cost, when it would end and who would run it. Nothing was signed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Samples">What running samples of each stage here showed, in the job's order.</param>
/// <param name="Plan">The stages with their service levels and offers.</param>
/// <param name="Snapshot">The market that was looked at.</param>
/// <param name="Budget">Most that the job may cost.</param>
/// <param name="Credit">The consumer's credit in the market.</param>
/// <param name="Asset">How amounts are written.</param>
public sealed record GraphQuote(
    ResolvedJob Job, ImmutableArray<StageSample> Samples, GraphPlan Plan, MarketSnapshot Snapshot, Amount Budget, Amount Credit, Asset Asset);

/// <summary>Plans a job of several stages against the live market.</summary>
internal sealed class GraphQuoter(MarketConnection connection, Asset asset, GraphOptions options)
{
    /// <summary>Quotes.</summary>
    /// <exception cref="MarketException">A stage cannot be served, or the stages fit no deadline or budget.</exception>
    public async Task<GraphQuote> QuoteAsync(ResolvedJob job, ImmutableArray<StageSample> samples, Address consumer, Amount? budget, CancellationToken cancel)
    {
        var spec = job.File.Spec;
        var most = budget ?? Quoter.BudgetOf(spec.Sla, asset);
        var regions = spec.Stages.Select(stage => stage.Sla.Locality?.Region ?? 0).Distinct();
        var snapshot = await new MarketReader(connection).ReadAsync(regions, cancel);
        var request = new GraphRequest
        {
            Job = spec,
            Stages = [.. samples.Select(sample => sample.Estimate)],
            Budget = most,
            OwnBudgets = [.. spec.Stages.Select(stage => stage.OwnBudget ? (Amount?)Quoter.BudgetOf(stage.Sla, asset) : null)],
            Consumer = consumer,
        };
        var bounded = options with { Offers = options.Offers with { WindowSeconds = Math.Min(options.Offers.WindowSeconds, snapshot.Rules.MaxWindowSeconds) } };
        if (GraphPlanner.Plan(request, snapshot, bounded) is not GraphPlan plan) throw new MarketException(GraphFault((NoGraphPlan)GraphPlanner.Plan(request, snapshot, bounded), spec, asset));
        return new GraphQuote(job, samples, plan, snapshot, most, await connection.Market.CreditAsync(consumer, cancel), asset);
    }

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
