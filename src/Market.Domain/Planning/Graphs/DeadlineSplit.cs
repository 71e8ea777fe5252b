using System.Collections.Immutable;

namespace Market.Domain.Planning.Graphs;

/// <summary>Splits a job's deadline among its stages, in whole seconds.</summary>
internal static class DeadlineSplit
{
    private const long One = 1_024;
    private const long MostStretch = 1_000 * One;

    /// <summary>
    /// Stretches every stage by the same factor, as far as the slowest path through the stages allows.
    /// </summary>
    /// <param name="deadline">The job's, in seconds.</param>
    /// <param name="seconds">What each stage needs, at least one.</param>
    /// <param name="caps">Own deadlines, not below <paramref name="seconds"/>; null has none.</param>
    /// <param name="parents">Positions that each stage waits for, and for how many seconds after their end.</param>
    /// <param name="order">Parents before children.</param>
    /// <returns>For each stage when it opens at the latest and how long it may take; null if even unstretched the stages take longer than the deadline.</returns>
    public static ImmutableArray<(long OpensBy, long Deadline)>? Of(
        long deadline, ImmutableArray<long> seconds, ImmutableArray<long?> caps, ImmutableArray<ImmutableArray<(int Stage, long Wait)>> parents, ImmutableArray<int> order)
    {
        if (End(Lay(One, seconds, caps, parents, order)) > deadline) return null;
        var (low, high) = (One, MostStretch);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (End(Lay(middle, seconds, caps, parents, order)) <= deadline) low = middle;
            else high = middle - 1;
        }

        return Lay(low, seconds, caps, parents, order);
    }

    /// <summary>When the last stage ends if every stage takes what it needs.</summary>
    public static long Least(ImmutableArray<long> seconds, ImmutableArray<ImmutableArray<(int Stage, long Wait)>> parents, ImmutableArray<int> order) =>
        End(Lay(One, seconds, [.. seconds.Select(_ => (long?)null)], parents, order));

    private static ImmutableArray<(long OpensBy, long Deadline)> Lay(
        long factor, ImmutableArray<long> seconds, ImmutableArray<long?> caps, ImmutableArray<ImmutableArray<(int Stage, long Wait)>> parents, ImmutableArray<int> order)
    {
        var laid = new (long OpensBy, long Deadline)[seconds.Length];
        foreach (var i in order)
        {
            var opens = parents[i].Select(p => laid[p.Stage].OpensBy + laid[p.Stage].Deadline + p.Wait).DefaultIfEmpty(0).Max();
            laid[i] = (opens, Math.Min(seconds[i] * factor / One, caps[i] ?? long.MaxValue));
        }

        return [.. laid];
    }

    private static long End(ImmutableArray<(long OpensBy, long Deadline)> laid) => laid.Max(stage => stage.OpensBy + stage.Deadline);
}
