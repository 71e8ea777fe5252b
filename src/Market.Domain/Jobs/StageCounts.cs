using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>How many tasklets stages have.</summary>
public static class StageCounts
{
    /// <summary>What the specification alone tells; null where files or outputs decide.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="parents">Positions that each reads.</param>
    /// <param name="order">Parents before children.</param>
    public static ImmutableArray<long?> Static(ImmutableArray<StageSpec> stages, ImmutableArray<ImmutableArray<int>> parents, ImmutableArray<int> order)
    {
        var counts = new long?[stages.Length];
        foreach (var i in order) counts[i] = Of(stages[i].Inputs, parents[i].IsEmpty ? null : counts[parents[i][0]]);
        return [.. counts];
    }

    /// <summary>How many tasklets a stage has.</summary>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="parent">How many its first parent has; null if unknown.</param>
    /// <returns>Null where files or outputs decide.</returns>
    public static long? Of(InputSpec inputs, long? parent) => inputs switch
    {
        RangeInputs range => range.Count,
        ListInputs list => list.Items.Length,
        FileInputs or AllInputs => 1,
        EachInputs => parent,
        GroupInputs group => (parent + group.Size - 1) / group.Size,
        _ => null,
    };
}
