using Market.Wasm.Machine.Fast;

namespace Market.Wasm.Machine.Accounts;

/// <summary>
/// Snapshots of one run by their step, within a budget of bytes: when it is exceeded, the one whose loss makes the shortest
/// gap goes. The first is never given up, so every state can be reached again.
/// </summary>
/// <param name="budget">Bytes that the snapshots may hold together, beside the first.</param>
/// <param name="most">Most snapshots beside the first.</param>
internal sealed class SnapshotShelf(long budget, int most)
{
    private const int PageBytes = PagedTree.PageSize;
    private readonly List<MachineSnapshot> _kept = [];
    private readonly List<long> _costs = [];
    private long _held;

    /// <summary>Bytes that pages take which a snapshot does not share with the one before it.</summary>
    public long Held => _held;

    /// <summary>Snapshots kept.</summary>
    public int Count => _kept.Count;

    /// <summary>The latest snapshot at or before a step.</summary>
    public MachineSnapshot Before(long step) => _kept[IndexAfter(step) - 1];

    /// <summary>Keeps one, unless that step has one.</summary>
    public void Add(MachineSnapshot snapshot)
    {
        var index = IndexAfter(snapshot.Steps);
        if (index > 0 && _kept[index - 1].Steps == snapshot.Steps) return;
        _kept.Insert(index, snapshot);
        _costs.Insert(index, 0);
        Price(index);
        Price(index + 1);
        while (_kept.Count > 1 && (_kept.Count > most + 1 || _held > budget)) RemoveAt(LeastMissed());
    }

    /// <summary>Forgets all but the first that <paramref name="goes"/> says of.</summary>
    public void Drop(Predicate<MachineSnapshot> goes)
    {
        for (var i = _kept.Count - 1; i > 0; i--)
        {
            if (goes(_kept[i])) RemoveAt(i);
        }
    }

    private void RemoveAt(int index)
    {
        _held -= _costs[index];
        _kept.RemoveAt(index);
        _costs.RemoveAt(index);
        Price(index);
    }

    // The first is free: it is there in any case.
    private void Price(int index)
    {
        if (index >= _kept.Count || index == 0) return;
        _held -= _costs[index];
        _costs[index] = Difference(_kept[index - 1], _kept[index]);
        _held += _costs[index];
    }

    private static long Difference(MachineSnapshot before, MachineSnapshot after)
    {
        long bytes = ReferenceEquals(before.Output, after.Output) ? 0 : after.Output.Length;
        return bytes + Pages(before.Memory, after.Memory) + Pages(before.Stack, after.Stack);
    }

    private static long Pages(byte[]?[] before, byte[]?[] after)
    {
        if (ReferenceEquals(before, after)) return 0;
        long bytes = (long)after.Length * nint.Size;
        for (var i = 0; i < after.Length; i++)
        {
            if (after[i] is not null && !ReferenceEquals(before[i], after[i])) bytes += PageBytes;
        }

        return bytes;
    }

    private int LeastMissed()
    {
        var (best, gap) = (_kept.Count - 1, long.MaxValue);
        for (var i = 1; i < _kept.Count; i++)
        {
            var next = i + 1 < _kept.Count ? _kept[i + 1].Steps - _kept[i - 1].Steps : long.MaxValue;
            if (next < gap) (best, gap) = (i, next);
        }

        return best;
    }

    private int IndexAfter(long step)
    {
        var (low, high) = (0, _kept.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_kept[middle].Steps <= step) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
