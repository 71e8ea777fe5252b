using System.Globalization;
using Market.Chain.Projection;
using Market.Cli.Shell;
using Market.Client.Collecting;
using Market.Client.Graphs;
using Market.Client.Staging;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;

namespace Market.Cli.Commands.Jobs;

/// <summary>A job of several stages as <c>--json</c> shows it.</summary>
internal sealed record StagedDocument(
    string Schema,
    string Id,
    string Name,
    string Profile,
    string Job,
    string State,
    bool Over,
    MoneyDocument Budget,
    MoneyDocument Paid,
    MoneyDocument Tipped,
    MoneyDocument Returned,
    string? Deadline,
    IReadOnlyList<StagedStageDocument> Stages,
    string OutputDirectory,
    ResultsDocument? Results)
{
    public static StagedDocument Of(StagedProgress progress, CollectedJob? collected)
    {
        var job = progress.Record;
        MoneyDocument Money(UInt128 units) => MoneyDocument.Of(job.Asset, new Amount(units));
        return new StagedDocument(
            "market.stagedjob/1",
            job.Id,
            job.Name,
            job.Profile,
            job.Job.ToString(),
            Word(progress.Entry?.State.ToString() ?? "none"),
            progress.IsOver,
            MoneyDocument.Of(job.Asset, job.Budget),
            MoneyDocument.Of(job.Asset, progress.Paid),
            Money(progress.Entry?.Tipped ?? 0),
            Money(progress.Entry?.Returned ?? 0),
            progress.Entry is { } entry ? new UnixTime(entry.Job.Deadline).ToString() : null,
            [.. progress.Stages.Zip(JobGraphs.Of(progress).Stages, StagedStageDocument.Of)],
            collected?.Directory ?? job.OutputDirectory,
            collected is null ? null : ResultsDocument.Of(collected));
    }

    public string Text()
    {
        var lines = new List<string> { $"{Id}  {Name}  {State}{(Over ? ", over" : "")}" };
        foreach (var stage in Stages)
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"stage     {stage.Name}  {stage.State}  {stage.Cells}{(stage.Reads.Count == 0 ? "" : "  reads " + string.Join(", ", stage.Reads.Select(i => Stages[i].Name)))}{(stage.Attempts > 1 ? $"  attempt {stage.Attempts}" : "")}"));
        }

        lines.Add($"money     budget {Budget}, paid {Paid}, tips {Tipped}, returned {Returned}");
        lines.AddRange((Results?.Failures ?? []).Take(5).Select(failure => $"failed    tasklet {failure.Tasklet} ('{failure.Item}'): {Reason(failure.OutOfFuel, failure.ExitCode)}"));
        lines.AddRange((Results?.Upstream ?? []).Take(5).Select(failure => $"failed    {failure.Stage}, tasklet {failure.Tasklet}: {Reason(failure.OutOfFuel, failure.ExitCode)}; what reads it rests on what little it wrote"));
        if (Results is { Unavailable.Count: > 0 } some) lines.Add(string.Create(CultureInfo.InvariantCulture, $"missing   {some.Unavailable.Count} results are bound on the chain but were to be had from nobody just now: market job results {Id} later"));
        if (Results is not null) lines.Add(string.Create(CultureInfo.InvariantCulture, $"outputs   {Results.Files.Count} in {OutputDirectory}"));
        return string.Join('\n', lines);
    }

    private static string Reason(bool outOfFuel, uint exitCode) => outOfFuel ? "out of fuel; raise limits.fuel" : exitCode == 0 ? "trapped" : $"exit code {exitCode}";

    private static string Word(string name) => name.ToLowerInvariant();
}

/// <summary>One stage.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">none, open, committed, final, stale or failed.</param>
/// <param name="Attempts">Times opened.</param>
/// <param name="Reads">Places of the stages that it reads.</param>
/// <param name="Tasklets">How many it has, once it is open.</param>
/// <param name="Done">How many have a bound result.</param>
/// <param name="Cells">One letter for each of the first 64 tasklets: . waits, r runs, R runs again, c committed, S settled.</param>
/// <param name="Offer">Its newest offer.</param>
/// <param name="Leases">That offer's leases.</param>
internal sealed record StagedStageDocument(
    string Name, string State, byte Attempts, IReadOnlyList<int> Reads, uint? Tasklets, uint Done, string Cells, string? Offer, IReadOnlyList<StagedLeaseDocument> Leases)
{
    public static StagedStageDocument Of(StageProgress stage, StageNode node) => new(
        stage.Name,
        node.State,
        stage.Stage.Attempts,
        node.Reads,
        stage.Total,
        stage.Done,
        GraphText.Cells(node.Tasklets),
        stage.Offer?.Id.ToString(),
        [.. stage.Leases.Select(StagedLeaseDocument.Of)]);
}

internal sealed record StagedLeaseDocument(uint Device, uint First, uint Count, ushort Attempt, LeaseState State)
{
    public static StagedLeaseDocument Of(LeaseEntry lease) => new(lease.Lease.Device.Value, lease.Lease.First, lease.Lease.Count, lease.Lease.Attempt, lease.State);
}
