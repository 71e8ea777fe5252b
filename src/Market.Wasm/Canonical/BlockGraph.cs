using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>A straight piece of code: control enters at its start only, and leaves at its end only.</summary>
/// <param name="start">The instruction it begins after; -1 at the function's entry.</param>
/// <param name="isHead">Whether it begins that loop.</param>
internal sealed class Block(int start, bool isHead)
{
    public int Start { get; } = start;

    public bool IsHead { get; } = isHead;

    /// <summary>Price of its instructions.</summary>
    public int Price { get; set; }

    /// <summary>
    /// The innermost loop that it is part of, that is, from whose inside control can come back to the loop's head. Code
    /// that stands inside a loop but behind its last branch back is not part of it.
    /// </summary>
    public Loop? Loop { get; set; }

    /// <summary>Blocks before it in the code from which control can come here.</summary>
    public List<int> Before { get; } = [];

    /// <summary>Whether the function can end here without a trap.</summary>
    public bool Returns { get; set; }

    /// <summary>The innermost loop that control can go back to the head of from here; null if it cannot.</summary>
    public Loop? Again { get; set; }
}

/// <summary>A loop construct: its blocks are numbered from <see cref="First"/> to <see cref="Last"/>.</summary>
internal sealed class Loop(Loop? outer, int first, int entered)
{
    public Loop? Outer { get; } = outer;

    public int Depth { get; } = outer is null ? 1 : outer.Depth + 1;

    public int First { get; } = first;

    /// <summary>The block from which it is entered.</summary>
    public int Entered { get; } = entered;

    public int Last { get; set; } = int.MaxValue;

    /// <summary>Whether <paramref name="other"/> is this loop or one inside it.</summary>
    public bool IsAround(Loop? other)
    {
        while (other is not null && other.Depth > Depth) other = other.Outer;
        return other == this;
    }

    public bool Contains(int block) => block >= First && block <= Last;
}

/// <summary>The straight blocks of a body in the order of its code, with the loops that they are part of.</summary>
internal sealed class BlockGraph
{
    private readonly ValidatedBody _body;
    private readonly List<Block> _blocks = [new Block(-1, false)];
    private readonly List<Construct> _open = [new Construct(null)];
    private Loop? _inside;
    // The block that the walk is in; -1 where control does not come.
    private int _at;

    private BlockGraph(ValidatedBody body) => _body = body;

    /// <param name="body">The function.</param>
    /// <param name="price">Price of each instruction, by its index.</param>
    public static IReadOnlyList<Block> Of(ValidatedBody body, Func<int, int> price)
    {
        var graph = new BlockGraph(body);
        for (var i = 0; i < body.Code.Count; i++)
        {
            if (graph._at >= 0) graph._blocks[graph._at].Price += price(i);
            graph.Step(i, body.Code[i], price);
        }

        graph.FindLoops();
        return graph._blocks;
    }

    private void Step(int i, in Instruction at, Func<int, int> price)
    {
        switch (at.Op)
        {
            case Opcode.Block: _open.Add(new Construct(null)); break;
            case Opcode.Loop:
                _inside = new Loop(_inside, _blocks.Count, _at);
                _open.Add(new Construct(_inside));
                Begin(i, [_at], isHead: true);
                break;
            case Opcode.If:
                _open.Add(new Construct(null) { Skipping = _at });
                Begin(i, [_at]);
                break;
            case Opcode.Else:
                var arms = _open[^1];
                arms.Arrive(_at);
                Begin(i, [arms.Skipping]);
                arms.Skipping = -1;
                break;
            case Opcode.BrIf:
                Branch((int)at.A);
                Begin(i, [_at]);
                break;
            case Opcode.Br:
                Branch((int)at.A);
                _at = -1;
                break;
            case Opcode.BrTable:
                for (var t = 0; t < (int)at.Imm; t++) Branch((int)_body.Targets[(int)at.A + t].Depth);
                _at = -1;
                break;
            case Opcode.Return:
                _blocks[_at].Returns = true;
                _at = -1;
                break;
            case Opcode.Unreachable: _at = -1; break;
            case Opcode.End: End(i); break;
            default: break;
        }
    }

    private void End(int i)
    {
        var construct = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        if (construct.Loop is { } loop)
        {
            // Control does not come to a loop's end but by falling out of it: the block goes on.
            loop.Last = _blocks.Count - 1;
            _inside = loop.Outer;
            if (_at < 0) Begin(i, []);
            return;
        }

        construct.Arrive(construct.Skipping);
        if (_open.Count == 0)
        {
            construct.Arrive(_at);
            foreach (var from in construct.Arrivals) _blocks[from].Returns = true;
            return;
        }

        // A block that nothing leaves for its end is no border; what follows one that never ends counts as a block of its own.
        if (construct.Arrivals.Count == 0 && _at >= 0) return;
        construct.Arrive(_at);
        Begin(i, construct.Arrivals);
    }

    private void Begin(int i, IEnumerable<int> before, bool isHead = false)
    {
        var block = new Block(i, isHead);
        block.Before.AddRange(before);
        _blocks.Add(block);
        _at = _blocks.Count - 1;
    }

    private void Branch(int depth)
    {
        var construct = _open[^(depth + 1)];
        if (construct.Loop is { } loop) _blocks[_at].Again = Deeper(_blocks[_at].Again, loop);
        else construct.Arrive(_at);
    }

    // What leads to a block of a loop is part of that loop, if it stands inside.
    private void FindLoops()
    {
        for (var b = _blocks.Count - 1; b >= 0; b--)
        {
            _blocks[b].Loop = Deeper(_blocks[b].Loop, _blocks[b].Again);
            foreach (var from in _blocks[b].Before)
            {
                var loop = _blocks[b].Loop;
                while (loop is not null && !loop.Contains(from)) loop = loop.Outer;
                _blocks[from].Loop = Deeper(_blocks[from].Loop, loop);
            }
        }
    }

    private static Loop? Deeper(Loop? a, Loop? b) => (a?.Depth ?? 0) >= (b?.Depth ?? 0) ? a : b;

    /// <summary>An open block, loop, if or the function.</summary>
    private sealed class Construct(Loop? loop)
    {
        public Loop? Loop { get; } = loop;

        /// <summary>The block whose if has no else as yet; -1 if there is none.</summary>
        public int Skipping { get; set; } = -1;

        /// <summary>Blocks from which control comes to its end, by a branch or by falling through.</summary>
        public List<int> Arrivals { get; } = [];

        public void Arrive(int block)
        {
            if (block >= 0 && (Arrivals.Count == 0 || Arrivals[^1] != block)) Arrivals.Add(block);
        }
    }
}
