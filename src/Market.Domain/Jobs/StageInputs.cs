using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>
/// What tasklets of a stage read of their parents' outputs: the one place that says which output goes where, for the
/// client, for devices and for the planner module.
/// </summary>
public static class StageInputs
{
    /// <summary>Positions of the parents' outputs that one tasklet reads, for each parent from first to before last.</summary>
    /// <param name="inputs">The stage's inputs; not a fan-out, whose one parent's output decides: <see cref="FrameList"/>.</param>
    /// <param name="parents">How many outputs each parent has.</param>
    /// <param name="index">The tasklet.</param>
    public static ImmutableArray<(int First, int End)> Ranges(FromInputs inputs, ImmutableArray<int> parents, int index) => inputs switch
    {
        EachInputs => [.. parents.Select(_ => (index, index + 1))],
        GroupInputs group => [.. parents.Select(count => ((int)Math.Min(count, (long)index * group.Size), (int)Math.Min(count, (index + 1L) * group.Size)))],
        AllInputs => [.. parents.Select(count => (0, count))],
        _ => throw new InvalidOperationException($"{inputs.GetType().Name} reads what outputs say"),
    };

    /// <summary>Puts together what one tasklet reads.</summary>
    /// <param name="inputs">The stage's inputs; not a fan-out.</param>
    /// <param name="outputs">The outputs of <see cref="Ranges"/>, a list for each parent.</param>
    /// <exception cref="OverflowException">The result has 2^31 bytes or more.</exception>
    public static ReadOnlyMemory<byte> Join(FromInputs inputs, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> outputs) => inputs switch
    {
        EachInputs when outputs.Length == 1 => outputs[0][0],
        EachInputs each => Join(each.Join, outputs.Select(parent => parent[0])),
        GroupInputs group => Join(group.Join, outputs),
        AllInputs all => Join(all.Join, outputs),
        _ => throw new InvalidOperationException($"{inputs.GetType().Name} reads what outputs say"),
    };

    private static byte[] Join(Join join, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> outputs) =>
        outputs.Length == 1 ? Join(join, outputs[0]) : Join(join, outputs.Select(parent => (ReadOnlyMemory<byte>)Join(join, parent)));

    private static byte[] Join(Join join, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        if (join == Jobs.Join.Framed) return Frames.Encode(parts);
        var all = parts.ToArray();
        var joined = new byte[checked((int)all.Sum(part => (long)part.Length))];
        var at = 0;
        foreach (var part in all)
        {
            part.Span.CopyTo(joined.AsSpan(at));
            at += part.Length;
        }

        return joined;
    }
}
