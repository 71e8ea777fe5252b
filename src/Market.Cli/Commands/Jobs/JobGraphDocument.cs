using Market.Cli.Shell;
using Market.Client.Graphs;
using Market.Domain.Money;

namespace Market.Cli.Commands.Jobs;

/// <param name="Schema">market.jobgraph/1</param>
/// <param name="Job">The job's id; null for a job file.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">One word; planned for a job file.</param>
/// <param name="Money">Cost against budget; null for a job file.</param>
/// <param name="Time">Time against deadline; null for a job file.</param>
/// <param name="Stages">Parents before those that read them.</param>
internal sealed record JobGraphDocument(string Schema, string? Job, string Name, string State, GraphMoneyDocument? Money, GraphTimeDocument? Time, IReadOnlyList<StageNodeDocument> Stages)
{
    public static JobGraphDocument Of(JobGraph graph) => new(
        "market.jobgraph/1",
        graph.Id,
        graph.Name,
        graph.State,
        MoneyOf(graph.Money, graph.Asset),
        TimeOf(graph.Time),
        [
            .. graph.Stages.Select(stage => new StageNodeDocument(
                stage.Name,
                stage.Reads,
                stage.How,
                stage.State,
                stage.Attempt,
                stage.Attempts,
                stage.Total == 0 ? null : stage.Total,
                [.. stage.Tasklets.Select(run => new TaskletRunDocument(run.First, run.Count, run.State.ToString().ToLowerInvariant(), run.Device?.Value, run.Attempt))],
                MoneyOf(stage.Money, graph.Asset),
                TimeOf(stage.Time),
                stage.Again)),
        ]);

    private static GraphMoneyDocument? MoneyOf(GraphMoney? money, Asset? asset) => money is { } known && asset is { } unit
        ? new GraphMoneyDocument(MoneyDocument.Of(unit, known.Paid), MoneyDocument.Of(unit, known.Budget), MoneyDocument.Of(unit, known.Returned), MoneyDocument.Of(unit, known.Tips))
        : null;

    private static GraphTimeDocument? TimeOf(GraphTime? time) =>
        time is null ? null : new GraphTimeDocument(time.Start.ToString(), time.Until.ToString(), time.Deadline.ToString(), time.Seconds, time.Of, time.Ended);
}

/// <param name="Paid">To devices so far.</param>
/// <param name="Budget">Most that it may cost.</param>
/// <param name="Returned">What came back.</param>
/// <param name="Tips">To keepers so far.</param>
internal sealed record GraphMoneyDocument(MoneyDocument Paid, MoneyDocument Budget, MoneyDocument Returned, MoneyDocument Tips);

/// <param name="Start">When it began.</param>
/// <param name="Until">When it ended, else the newest block.</param>
/// <param name="Deadline">By when its last result is due.</param>
/// <param name="Seconds">So far.</param>
/// <param name="OfSeconds">That there are.</param>
/// <param name="Ended">Whether it has ended.</param>
internal sealed record GraphTimeDocument(string Start, string Until, string Deadline, ulong Seconds, ulong OfSeconds, bool Ended);

/// <param name="Name">Its name.</param>
/// <param name="Reads">Places of the stages that it reads.</param>
/// <param name="How">each, all, by n, fanned out; empty for a stage that reads none.</param>
/// <param name="State">One word.</param>
/// <param name="Attempt">Times opened.</param>
/// <param name="Attempts">Times that it may be opened.</param>
/// <param name="Tasklets">How many; null while nobody knows.</param>
/// <param name="Cells">All of them in order, those in a row that stand alike together.</param>
/// <param name="Money">Cost against budget; null before it was opened.</param>
/// <param name="Time">Time against deadline; null before it was opened.</param>
/// <param name="Again">What was run again, and why.</param>
internal sealed record StageNodeDocument(
    string Name, IReadOnlyList<int> Reads, string How, string State, int Attempt, int Attempts, uint? Tasklets, IReadOnlyList<TaskletRunDocument> Cells, GraphMoneyDocument? Money, GraphTimeDocument? Time,
    IReadOnlyList<string> Again);

/// <param name="First">The first tasklet.</param>
/// <param name="Count">How many.</param>
/// <param name="State">waiting, running, committed or settled.</param>
/// <param name="Device">Who has them.</param>
/// <param name="Attempt">How often they were leased before.</param>
internal sealed record TaskletRunDocument(uint First, uint Count, string State, uint? Device, ushort Attempt);
