using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>Who reads whom. Stages are known by their position in <see cref="JobSpec.Stages"/>.</summary>
public sealed class StageGraph
{
    private StageGraph(ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> order)
    {
        Parents = parents;
        Order = order;
    }

    /// <summary>Positions that each stage reads.</summary>
    public ImmutableArray<ImmutableArray<int>> Parents { get; }

    /// <summary>All positions, parents before children, and otherwise in the file's order.</summary>
    public ImmutableArray<int> Order { get; }

    /// <summary>The graph of a job's stages.</summary>
    /// <exception cref="ArgumentException">A parent is unknown or there is a cycle: no bound job file has either.</exception>
    public static StageGraph Of(JobSpec job)
    {
        var positions = job.Stages.Select((stage, i) => (stage.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        ImmutableArray<ImmutableArray<int>> parents =
        [
            .. job.Stages.Select(stage => stage.Parents
                .Select(parent => positions.TryGetValue(parent, out var at) ? at : throw new ArgumentException($"stage '{stage.Id}' reads '{parent}', which is unknown", nameof(job)))
                .ToImmutableArray()),
        ];
        return TryOrder(parents, out var order)
            ? new StageGraph(parents, order)
            : throw new ArgumentException("the stages form a cycle", nameof(job));
    }

    /// <summary>Orders stages so that parents come first; false if there is a cycle, and then only what is outside it is ordered.</summary>
    public static bool TryOrder(ImmutableArray<ImmutableArray<int>> parents, out ImmutableArray<int> order)
    {
        var missing = parents.Select(p => p.Length).ToArray();
        var children = new List<int>[parents.Length];
        for (var i = 0; i < children.Length; i++) children[i] = [];
        for (var i = 0; i < parents.Length; i++)
        {
            foreach (var parent in parents[i]) children[parent].Add(i);
        }

        var ready = new PriorityQueue<int, int>(Enumerable.Range(0, parents.Length).Where(i => missing[i] == 0).Select(i => (i, i)));
        var ordered = ImmutableArray.CreateBuilder<int>(parents.Length);
        while (ready.TryDequeue(out var next, out _))
        {
            ordered.Add(next);
            foreach (var child in children[next].Where(child => --missing[child] == 0)) ready.Enqueue(child, child);
        }

        order = ordered.ToImmutable();
        return order.Length == parents.Length;
    }

    /// <summary>Positions that read <paramref name="stage"/> directly or through others, in order.</summary>
    public ImmutableArray<int> Descendants(int stage)
    {
        var reached = new HashSet<int> { stage };
        return [.. Order.Where(i => Parents[i].Any(reached.Contains) && reached.Add(i))];
    }
}
