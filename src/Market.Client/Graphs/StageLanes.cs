using System.Collections.Immutable;
using System.Text;

namespace Market.Client.Graphs;

/// <summary>
/// Draws who reads whom beside a list of stages, as version control draws branches: a column carries a stage's outputs
/// down to the last stage that reads them. <c>○</c> reads none, <c>●</c> reads those whose columns join in its row.
/// </summary>
public static class StageLanes
{
    /// <summary>For each stage its row, and what continues below it.</summary>
    /// <param name="reads">Positions that each stage reads, all before it.</param>
    public static ImmutableArray<(string Row, string Below)> Of(ImmutableArray<ImmutableArray<int>> reads)
    {
        var last = Enumerable.Range(0, reads.Length).Select(stage => Enumerable.Range(0, reads.Length).Where(reader => reads[reader].Contains(stage)).DefaultIfEmpty(-1).Max()).ToArray();
        var columns = new List<int?>();
        var rows = ImmutableArray.CreateBuilder<(string, string)>(reads.Length);
        var before = new List<int?>();
        for (var stage = 0; stage < reads.Length; stage++)
        {
            var joined = Enumerable.Range(0, columns.Count).Where(column => columns[column] is { } carried && reads[stage].Contains(carried)).ToArray();
            var ending = joined.Where(column => last[columns[column]!.Value] == stage).ToArray();
            var at = ending.Length > 0 ? ending[0] : Free(columns, before);
            while (columns.Count <= at) columns.Add(null);
            var row = Row(columns, at, joined, ending, reads[stage].IsEmpty);
            before = [.. columns];
            foreach (var column in ending) columns[column] = null;
            before[at] = stage;
            columns[at] = last[stage] > stage ? stage : null;
            rows.Add((row, Below(columns)));
        }

        var width = rows.Max(row => row.Item1.Length);
        return [.. rows.Select(row => (row.Item1.PadRight(width), row.Item2.PadRight(width)))];
    }

    // Not right below another stage, which would look as if it were read.
    private static int Free(List<int?> columns, List<int?> before)
    {
        var at = 0;
        while (at < columns.Count && (columns[at] is not null || (at < before.Count && before[at] is not null))) at++;
        return at;
    }

    private static string Row(List<int?> columns, int at, int[] joined, int[] ending, bool isRoot)
    {
        var (from, to) = joined.Length == 0 ? (at, at) : (Math.Min(at, joined.Min()), Math.Max(at, joined.Max()));
        var row = new StringBuilder();
        for (var column = 0; column < columns.Count; column++)
        {
            var inside = column >= from && column <= to;
            row.Append(column == at ? (isRoot ? '○' : '●')
                : joined.Contains(column) ? Corner(column < at, column == from || column == to, ending.Contains(column))
                : columns[column] is not null ? (inside ? '┼' : '│')
                : inside ? '─' : ' ');
            row.Append(column >= from && column < to ? '─' : ' ');
        }

        return row.ToString().TrimEnd();
    }

    private static char Corner(bool left, bool outer, bool ends) => (left, outer, ends) switch
    {
        (true, true, true) => '╰',
        (true, true, false) => '├',
        (false, true, true) => '╯',
        (false, true, false) => '┤',
        (_, false, true) => '┴',
        (_, false, false) => '┼',
    };

    private static string Below(List<int?> columns) => string.Join(' ', columns.Select(column => column is null ? ' ' : '│')).TrimEnd();
}
