using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;

namespace Market.Domain.Planning.Graphs;

/// <summary>One stage as a timeline places it.</summary>
/// <param name="Devices">Who may run it.</param>
/// <param name="Count">How many tasklets.</param>
/// <param name="Fuel">Of one.</param>
/// <param name="Extra">What it takes besides running.</param>
internal sealed record TimedStage(IReadOnlySet<DeviceId> Devices, uint Count, Fuel Fuel, TimeSpan Extra);

/// <summary>When stages that share the lanes of a market start and end.</summary>
/// <param name="Start">For each stage, from posting.</param>
/// <param name="End">For each stage, from posting.</param>
/// <param name="Layout">For each stage, which lanes run which tasklets.</param>
internal sealed record Timeline(ImmutableArray<TimeSpan> Start, ImmutableArray<TimeSpan> End, ImmutableArray<ImmutableArray<LaneShare>> Layout)
{
    /// <summary>When the last stage ends.</summary>
    public TimeSpan Finish => End.Max();

    /// <summary>
    /// Places stages as early as their parents and the lanes allow: the one that can start first goes first, and among
    /// equals the one with the longest way to the job's end.
    /// </summary>
    /// <param name="bids">The market's lanes.</param>
    /// <param name="stages">The stages.</param>
    /// <param name="parents">Whom each waits for, and how long after their end.</param>
    /// <param name="order">Parents before children.</param>
    public static Timeline Of(
        IEnumerable<StandingBid> bids, ImmutableArray<TimedStage> stages, ImmutableArray<ImmutableArray<(int Stage, TimeSpan Wait)>> parents, ImmutableArray<int> order)
    {
        var lanes = new Lanes(bids);
        var tails = Tails(stages, parents, order);
        var start = new TimeSpan[stages.Length];
        var end = new TimeSpan[stages.Length];
        var layout = new ImmutableArray<LaneShare>[stages.Length];
        var left = parents.Select(p => p.Length).ToArray();
        var ready = new PriorityQueue<int, (TimeSpan Start, UInt128 Tail, int Stage)>();
        void Offer(int stage)
        {
            start[stage] = parents[stage].Select(p => end[p.Stage] + p.Wait).DefaultIfEmpty(TimeSpan.Zero).Max();
            ready.Enqueue(stage, (start[stage], UInt128.MaxValue - tails[stage], stage));
        }

        foreach (var stage in order.Where(stage => left[stage] == 0)) Offer(stage);
        while (ready.TryDequeue(out var stage, out _))
        {
            var (devices, count, fuel, extra) = stages[stage];
            end[stage] = lanes.Place(devices, count, fuel, start[stage] + extra, out layout[stage]);
            foreach (var child in Enumerable.Range(0, stages.Length).Where(child => parents[child].Any(p => p.Stage == stage) && --left[child] == 0)) Offer(child);
        }

        return new Timeline([.. start], [.. end], [.. layout]);
    }

    /// <summary>The stages that decide when the last one ends, first to last.</summary>
    public ImmutableArray<int> CriticalPath(ImmutableArray<ImmutableArray<(int Stage, TimeSpan Wait)>> parents)
    {
        var path = new Stack<int>();
        path.Push(End.IndexOf(Finish));
        while (parents[path.Peek()] is { IsEmpty: false } waits) path.Push(waits.MaxBy(p => End[p.Stage] + p.Wait).Stage);
        return [.. path];
    }

    /// <summary>Fuel of a tasklet of each stage and of one of each stage on the longest way from there.</summary>
    private static UInt128[] Tails(ImmutableArray<TimedStage> stages, ImmutableArray<ImmutableArray<(int Stage, TimeSpan Wait)>> parents, ImmutableArray<int> order)
    {
        var tails = new UInt128[stages.Length];
        foreach (var i in order.Reverse())
        {
            tails[i] += stages[i].Fuel.Units;
            foreach (var (parent, _) in parents[i]) tails[parent] = UInt128.Max(tails[parent], tails[i]);
        }

        return tails;
    }
}
