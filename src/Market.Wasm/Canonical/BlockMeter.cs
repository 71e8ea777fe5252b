using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Decides what is charged where. Straight blocks (<see cref="BlockGraph"/>) are joined into regions; a region is charged
/// where control enters it, with the price of the dearest way through it, so charged fuel is never less than the steps
/// taken, and the same in every engine at any trap. Charges are tested at entries and loop heads only.
/// <para>
/// A block joins the region that all ways to it come from, if it is part of the same loop and the dearest way through
/// the region then costs little more than the cheapest. Without that, code of many short branches would do little but
/// subtract fuel.
/// </para>
/// </summary>
internal sealed class BlockMeter
{
    /// <summary>Fuel that the dearest way through a region may cost more than the cheapest that ends in the region's loop, or returns.</summary>
    public const int Slack = 32;

    /// <summary>Likewise for the cheapest way that leaves the loop, which control takes once.</summary>
    public const int LeavingSlack = 128;

    private readonly IReadOnlyList<Block> _blocks;
    private readonly Region[] _regions;
    private readonly int[] _least;
    private readonly int[] _most;
    private readonly int[] _undecided;
    private readonly bool[] _ends;
    private readonly bool[] _leaves;
    private readonly int[] _charges;

    private BlockMeter(IReadOnlyList<Block> blocks, int instructions)
    {
        _blocks = blocks;
        _regions = new Region[blocks.Count];
        _least = new int[blocks.Count];
        _most = new int[blocks.Count];
        _undecided = new int[blocks.Count];
        _ends = new bool[blocks.Count];
        _leaves = new bool[blocks.Count];
        _charges = new int[instructions];
    }

    /// <summary>Charge of the function's entry.</summary>
    public int Entry { get; private set; }

    /// <summary>Charge of the region that is entered after instruction <paramref name="index"/>; 0 where none is.</summary>
    public int After(int index) => _charges[index];

    /// <param name="body">The function.</param>
    /// <param name="canonical">At which instructions a NaN is made canonical.</param>
    /// <param name="frame">Price of prologue and epilogue.</param>
    /// <param name="guarded">Whether the function counts its depth.</param>
    public static BlockMeter Measure(ValidatedBody body, bool[] canonical, int frame, bool guarded)
    {
        var blocks = BlockGraph.Of(body, i => StepCost.Of(body.Code[i], body, guarded) + (canonical[i] ? 1 : 0));
        blocks[0].Price += frame;
        var meter = new BlockMeter(blocks, body.Code.Count);
        meter.Join();
        return meter;
    }

    private void Join()
    {
        var before = FindWays();
        for (var b = 0; b < before.Length; b++)
        {
            foreach (var from in before[b]) _undecided[from]--;
            if (!TryJoin(b, before[b]))
            {
                foreach (var from in before[b]) _regions[from].Ending = Math.Min(_regions[from].Ending, _least[from]);
                _least[b] = _most[b] = _blocks[b].Price;
                _regions[b] = new Region(b) { Most = _most[b] };
                if (Meet(before[b], _blocks[b].Loop) is var (around, least, most)) _regions[b].Enter(around, least, most);
            }

            if (_ends[b]) _regions[b].Ending = Math.Min(_regions[b].Ending, _least[b]);
            if (_leaves[b]) _regions[b].Leaving = Math.Min(_regions[b].Leaving, _least[b]);
            if (_undecided[b] > 0) _regions[b].Open.Enqueue(b, _least[b]);
        }

        foreach (var region in _regions.Distinct()) Charge(_blocks[region.First], region.Most);
    }

    /// <summary>From which blocks control comes to each block that is no loop's head, and which blocks it leaves further.</summary>
    private List<int>[] FindWays()
    {
        var before = new List<int>[_blocks.Count];
        for (var b = 0; b < before.Length; b++)
        {
            var block = _blocks[b];
            before[b] = block.IsHead ? [] : [.. block.Before.Select(from => Climb(from, block.Loop)).Distinct()];
            foreach (var from in before[b]) _undecided[from]++;
            if (block.Again is { } again) _ends[Climb(b, again)] = true;
            if (block.Returns) _ends[Climb(b, null)] = true;
        }

        return before;
    }

    /// <summary>
    /// <paramref name="from"/> as it looks from <paramref name="loop"/>: for a block inside a further loop, the block from
    /// which that loop is entered, because control comes out as often as it comes in.
    /// </summary>
    private int Climb(int from, Loop? loop)
    {
        while (_blocks[from].Loop is { } inner && !inner.IsAround(loop))
        {
            _leaves[from] = true;
            from = inner.Entered;
        }

        return from;
    }

    private bool TryJoin(int b, List<int> before)
    {
        var block = _blocks[b];
        if (Meet(before, block.Loop) is not var (region, least, most)) return false;
        least += block.Price;
        most += block.Price;
        var dearest = Math.Max(region.Most, most);
        while (region.Open.TryPeek(out var open, out _) && _undecided[open] == 0) region.Open.Dequeue();
        var cheapest = Math.Min(least, region.Ending);
        if (region.Open.TryPeek(out _, out var pending)) cheapest = Math.Min(cheapest, pending);
        if (dearest > region.Most && (dearest - cheapest > Slack || dearest - Math.Min(cheapest, region.Leaving) > LeavingSlack)) return false;
        _regions[b] = region;
        _least[b] = least;
        _most[b] = most;
        region.Most = dearest;
        return true;
    }

    /// <summary>
    /// The region that all ways through <paramref name="before"/> come through, and what the cheapest and the dearest of
    /// them cost in it: regions that are entered from it alone are charged for themselves.
    /// </summary>
    private (Region Region, int Least, int Most)? Meet(List<int> before, Loop? loop)
    {
        if (before.Count == 0) return null;
        var (region, least, most) = (_regions[before[0]], _least[before[0]], _most[before[0]]);
        foreach (var from in before)
        {
            if (_blocks[from].Loop != loop) return null;
            var (other, otherLeast, otherMost) = (_regions[from], _least[from], _most[from]);
            while (other != region)
            {
                // The one that was entered last cannot be around the other.
                var last = other.First > region.First ? other : region;
                if (last.Around is not { } around) return null;
                if (last == other) (other, otherLeast, otherMost) = (around, last.EntryLeast, last.EntryMost);
                else (region, least, most) = (around, last.EntryLeast, last.EntryMost);
            }

            least = Math.Min(least, otherLeast);
            most = Math.Max(most, otherMost);
        }

        return (region, least, most);
    }

    private void Charge(Block first, int price)
    {
        if (first.Start < 0) Entry = price;
        // What costs nothing needs no charge; any other pays for the charge itself. A loop's head always charges, for its test.
        else if (price > 0 || first.IsHead) _charges[first.Start] = price + 1;
    }

    /// <summary>Blocks that are charged together.</summary>
    private sealed class Region(int first)
    {
        public int First { get; } = first;

        /// <summary>The region of the same loop that control comes through before it, whenever it comes here; null if there is none.</summary>
        public Region? Around { get; private set; }

        /// <summary>Price of the cheapest way from there to here.</summary>
        public int EntryLeast { get; private set; }

        /// <summary>Price of the dearest way from there to here.</summary>
        public int EntryMost { get; private set; }

        public void Enter(Region around, int least, int most) => (Around, EntryLeast, EntryMost) = (around, least, most);

        /// <summary>Price of the dearest way through.</summary>
        public int Most { get; set; }

        /// <summary>Price of the cheapest way to an end in the same loop: back to its head, into the next region, a return.</summary>
        public int Ending { get; set; } = int.MaxValue;

        /// <summary>Price of the cheapest way out of the loop.</summary>
        public int Leaving { get; set; } = int.MaxValue;

        /// <summary>Blocks from which control goes on to blocks not looked at yet, cheapest first; some may be settled since.</summary>
        public PriorityQueue<int, int> Open { get; } = new();
    }
}
