using System.Collections.Immutable;
using System.Globalization;
using Market.Client.Explaining;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Progress;

namespace Market.Client.Graphs;

/// <summary>What a piece of a line is, for who colours it.</summary>
public enum SpanKind
{
    /// <summary>Text.</summary>
    Plain,

    /// <summary>Lines and names of numbers.</summary>
    Quiet,

    /// <summary>A tasklet that nobody has.</summary>
    Waiting,

    /// <summary>A tasklet that runs.</summary>
    Running,

    /// <summary>A tasklet that runs again, or the reason for it.</summary>
    Again,

    /// <summary>A tasklet whose result is bound.</summary>
    Committed,

    /// <summary>A tasklet whose result is final.</summary>
    Settled,
}

/// <summary>A piece of a line.</summary>
public sealed record GraphSpan(string Text, SpanKind Kind);

/// <summary>Draws a job for a terminal. Letters tell states, so that nothing rests on colour. Pure.</summary>
public static class GraphText
{
    private const int CellsInRow = 64;
    private const int MostRows = 16;
    private const int BarWidth = 24;
    private const int MostRunners = 8;

    /// <summary>The letters of the cells.</summary>
    public const string Legend = ". waits  r runs  R runs again  c committed  S final";

    /// <summary>The job, line by line.</summary>
    public static IEnumerable<ImmutableArray<GraphSpan>> Lines(JobGraph job)
    {
        yield return [new GraphSpan($"{(job.Id is null ? "" : job.Id + "  ")}{job.Name}  {job.State}", SpanKind.Plain)];
        if (job is { Money: { } money, Asset: { } asset }) yield return Cost(money, asset);
        if (job.Time is { } time) yield return Clock(time);
        var lanes = StageLanes.Of([.. job.Stages.Select(stage => stage.Reads)]);
        var names = job.Stages.Max(stage => stage.Name.Length);
        var states = job.Stages.Max(stage => stage.State.Length);
        for (var i = 0; i < job.Stages.Length; i++)
        {
            foreach (var line in Stage(job, job.Stages[i], lanes[i], names, states)) yield return line;
        }
    }

    /// <summary>The same without kinds.</summary>
    public static IEnumerable<string> Plain(JobGraph job) => Lines(job).Select(line => string.Concat(line.Select(span => span.Text)).TrimEnd());

    /// <summary>The first tasklets of a stage, a letter each.</summary>
    public static string Cells(IEnumerable<TaskletRun> tasklets, int most = CellsInRow) =>
        string.Concat(tasklets.TakeWhile(run => run.First < (uint)most).Select(run => new string(Letter(run), (int)(Math.Min(run.End, (ulong)most) - run.First))));

    private static IEnumerable<ImmutableArray<GraphSpan>> Stage(JobGraph job, StageNode stage, (string Row, string Below) lanes, int names, int states)
    {
        var indent = new GraphSpan(lanes.Below + new string(' ', names + states + 6), SpanKind.Quiet);
        var rows = CellRows(stage.Tasklets).ToList();
        yield return
        [
            new GraphSpan(lanes.Row + "  ", SpanKind.Quiet), new GraphSpan($"{stage.Name.PadRight(names)}  {stage.State.PadRight(states)}  ", SpanKind.Plain),
            .. rows.Count == 0 ? [new GraphSpan("? tasklets", SpanKind.Quiet)] : rows[0],
        ];
        foreach (var row in rows.Skip(1)) yield return [indent, .. row];
        if (stage.Total > CellsInRow * MostRows) yield return [indent, new GraphSpan(string.Create(CultureInfo.InvariantCulture, $"and {stage.Total - (CellsInRow * MostRows)} more"), SpanKind.Quiet)];
        if (Facts(job, stage) is { Length: > 0 } facts) yield return [indent, new GraphSpan(facts, SpanKind.Quiet)];
        if (Runners(stage) is { Length: > 0 } runners) yield return [indent, new GraphSpan(runners, SpanKind.Quiet)];
        foreach (var again in stage.Again) yield return [indent, new GraphSpan(again, SpanKind.Again)];
    }

    private static string Facts(JobGraph job, StageNode stage)
    {
        var facts = new List<string>();
        if (!stage.Reads.IsEmpty) facts.Add($"reads {string.Join(" + ", stage.Reads.Select(i => job.Stages[i].Name))} {stage.How}");
        var done = stage.Count(TaskletState.Committed) + stage.Count(TaskletState.Settled);
        if (stage.Total > 0) facts.Add(stage.Attempt == 0 ? OfferWords.Tasklets(stage.Total) : string.Create(CultureInfo.InvariantCulture, $"{done} of {stage.Total} done"));
        if (stage.Attempt > 1) facts.Add($"attempt {stage.Attempt} of {stage.Attempts}");
        if (stage.Money is { } money && job.Asset is { } asset) facts.Add($"{asset.FormatNumber(money.Paid)} of {asset.Format(money.Budget)}");
        if (stage.Time is { } time) facts.Add($"{Seconds(time.Seconds)} of {Seconds(time.Of)}");
        return string.Join(", ", facts);
    }

    private static string Runners(StageNode stage)
    {
        var runners = stage.Tasklets.Where(run => run.Device is not null).GroupBy(run => run.Device!.Value).OrderBy(group => group.Key).ToList();
        var shown = runners.Take(MostRunners).Select(group => $"{group.Key} {string.Join(" ", group.Take(MostRunners).Select(Range))}{(group.Count() > MostRunners ? " …" : "")}");
        return string.Join(", ", shown) + (runners.Count > MostRunners ? $" and {runners.Count - MostRunners} more devices" : "");
    }

    private static string Range(TaskletRun run) => run.Count == 1 ? $"{run.First}" : $"{run.First}-{run.End - 1}";

    private static IEnumerable<ImmutableArray<GraphSpan>> CellRows(ImmutableArray<TaskletRun> tasklets)
    {
        for (var row = 0; row < MostRows; row++)
        {
            var (first, end) = ((ulong)row * CellsInRow, ((ulong)row + 1) * CellsInRow);
            ImmutableArray<GraphSpan> spans =
            [
                .. tasklets.Where(run => run.First < end && run.End > first)
                    .Select(run => new GraphSpan(new string(Letter(run), (int)(Math.Min(run.End, end) - Math.Max(run.First, first))), KindOf(run))),
            ];
            if (spans.IsEmpty) yield break;
            yield return spans;
        }
    }

    private static char Letter(TaskletRun run) => run.State switch
    {
        TaskletState.Settled => 'S',
        TaskletState.Committed => 'c',
        TaskletState.Running => run.Attempt > 0 ? 'R' : 'r',
        _ => '.',
    };

    private static SpanKind KindOf(TaskletRun run) => run.State switch
    {
        TaskletState.Settled => SpanKind.Settled,
        TaskletState.Committed => SpanKind.Committed,
        TaskletState.Running => run.Attempt > 0 ? SpanKind.Again : SpanKind.Running,
        _ => SpanKind.Waiting,
    };

    private static ImmutableArray<GraphSpan> Cost(GraphMoney money, Asset asset) =>
    [
        new GraphSpan("cost  ", SpanKind.Quiet),
        new GraphSpan(Bar((money.Paid + money.Tips).BaseUnits, money.Budget.BaseUnits), SpanKind.Plain),
        new GraphSpan(
            $"  {asset.FormatNumber(money.Paid)} of {asset.Format(money.Budget)} escrowed{(money.Tips > Amount.Zero ? $", {asset.FormatNumber(money.Tips)} in tips" : "")}{(money.Returned > Amount.Zero ? $", {asset.FormatNumber(money.Returned)} returned" : "")}",
            SpanKind.Plain),
    ];

    private static ImmutableArray<GraphSpan> Clock(GraphTime time) =>
    [
        new GraphSpan("time  ", SpanKind.Quiet),
        new GraphSpan(Bar(time.Seconds, time.Of), SpanKind.Plain),
        new GraphSpan($"  {Seconds(time.Seconds)} of {Seconds(time.Of)}{(time.Ended ? ", over" : "")}", SpanKind.Plain),
    ];

    private static string Bar(UInt128 part, UInt128 whole)
    {
        var filled = whole == 0 ? 0 : (int)UInt128.Min(BarWidth, part * BarWidth / whole);
        return new string('█', filled) + new string('·', BarWidth - filled);
    }

    private static string Seconds(ulong seconds) => Duration.Format(TimeSpan.FromSeconds(seconds));
}
