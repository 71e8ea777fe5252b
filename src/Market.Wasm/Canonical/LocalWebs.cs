using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>
/// Splits the float locals of a function into webs: a web is what is set at some places and read at others that those
/// sets reach. Compilers put unrelated values into one local; what holds for one of them need not hold for the others.
/// </summary>
internal sealed class LocalWebs
{
    // Beyond this many locals copied at joins, a local is one web: so is no small body made to cost much.
    private const long MaxWork = 1 << 24;

    // Where a local's value comes from: the function's start, a set, or a join of several such.
    private readonly List<int> _parents = [];
    private readonly List<Join?> _joins = [];
    private readonly int[] _locals;
    private readonly int[] _sources;
    private readonly List<Construct> _open = [];
    private int[] _now;
    private bool _dead;
    private long _work;

    private LocalWebs(ValidatedBody body)
    {
        _sources = new int[body.Code.Count];
        _locals = new int[body.Locals.Count];
        var floats = 0;
        for (var i = 0; i < _locals.Length; i++) _locals[i] = body.Locals[i].IsFloat() ? floats++ : -1;
        _now = new int[floats];
        for (var i = 0; i < floats; i++) _now[i] = Source(null);
    }

    /// <summary>Webs are numbered below this; not every number is one.</summary>
    public int Count => _parents.Count;

    /// <summary>The web of the float local that instruction <paramref name="index"/> reads or writes.</summary>
    public int At(int index) => Find(_sources[index]);

    /// <summary>The web that holds the value with which float local <paramref name="local"/> starts.</summary>
    public int AtStart(int local) => Find(_locals[local]);

    public static LocalWebs Of(ValidatedBody body)
    {
        var webs = new LocalWebs(body);
        webs.Walk(body);
        return webs;
    }

    private void Walk(ValidatedBody body)
    {
        _open.Add(new Construct(null, null));
        for (var i = 0; i < body.Code.Count && _work <= MaxWork; i++) Step(i, body.Code[i], body);
        if (_work <= MaxWork) return;
        for (var i = 0; i < body.Code.Count; i++)
        {
            if (IsAccess(body.Code[i])) _sources[i] = _locals[(int)body.Code[i].A];
        }

        for (var i = 0; i < _parents.Count; i++) _parents[i] = i;
    }

    private bool IsAccess(in Instruction at) =>
        at.Op is Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee && _locals[(int)at.A] >= 0;

    private void Step(int i, in Instruction at, ValidatedBody body)
    {
        if (IsAccess(at))
        {
            var local = _locals[(int)at.A];
            if (at.Op == Opcode.LocalGet) Use(_now[local]);
            else _now[local] = Source(null);
            _sources[i] = _now[local];
            return;
        }

        switch (at.Op)
        {
            case Opcode.Block: _open.Add(new Construct(null, null)); break;
            case Opcode.Loop:
                var head = new int[_now.Length];
                for (var l = 0; l < head.Length; l++) head[l] = Source(new Join(null, _now[l]));
                _now = Copy(head);
                _open.Add(new Construct(head, null));
                break;
            case Opcode.If: _open.Add(new Construct(null, Copy(_now))); break;
            case Opcode.Else:
                Arrive(_open[^1]);
                _now = _open[^1].Skipping!;
                _open[^1].Skipping = null;
                _dead = false;
                break;
            case Opcode.End: End(); break;
            case Opcode.Br: Branch((int)at.A); _dead = true; break;
            case Opcode.BrIf: Branch((int)at.A); break;
            case Opcode.BrTable:
                var targets = new HashSet<uint>();
                for (var t = 0; t < (int)at.Imm; t++)
                {
                    var depth = body.Targets[(int)at.A + t].Depth;
                    if (targets.Add(depth)) Branch((int)depth);
                }

                _dead = true;
                break;
            case Opcode.Return or Opcode.Unreachable: _dead = true; break;
            default: break;
        }
    }

    private void End()
    {
        var construct = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        Arrive(construct);
        if (construct.Skipping is { } skipping)
        {
            // An if without else: control can also come from before its arm.
            _dead = false;
            _now = skipping;
            Arrive(construct);
        }

        _dead = construct.End is null;
        _now = construct.End ?? _now;
    }

    private void Branch(int depth)
    {
        var construct = _open[^(depth + 1)];
        if (construct.Head is not { } head)
        {
            Arrive(construct);
            return;
        }

        _work += head.Length;
        for (var l = 0; l < head.Length; l++) Flow(_now[l], head[l]);
    }

    /// <summary>Control reaches the end of <paramref name="construct"/> from here, unless it does not reach here.</summary>
    private void Arrive(Construct construct)
    {
        if (_dead) return;
        if (construct.End is not { } end)
        {
            construct.End = Copy(_now);
            return;
        }

        _work += end.Length;
        for (var l = 0; l < end.Length; l++)
        {
            if (end[l] == _now[l]) continue;
            if (_joins[end[l]]?.At != construct) end[l] = Source(new Join(construct, end[l]));
            Flow(_now[l], end[l]);
        }
    }

    /// <summary>What <paramref name="source"/> gives can be what <paramref name="target"/>, a join, holds.</summary>
    private void Flow(int source, int target)
    {
        var join = _joins[target]!;
        if (source == target) return;
        join.Sources.Add(source);
        if (!join.Used) return;
        Unite(source, target);
        Use(source);
    }

    /// <summary>Something reads it, so all that flows into it is one web.</summary>
    private void Use(int source)
    {
        var open = new Stack<int>([source]);
        while (open.TryPop(out var next))
        {
            if (_joins[next] is not { Used: false } join) continue;
            join.Used = true;
            foreach (var from in join.Sources)
            {
                Unite(from, next);
                open.Push(from);
            }
        }
    }

    private int Source(Join? join)
    {
        _parents.Add(_parents.Count);
        _joins.Add(join);
        return _parents.Count - 1;
    }

    private int[] Copy(int[] sources)
    {
        _work += sources.Length;
        return [.. sources];
    }

    private void Unite(int a, int b)
    {
        a = Find(a);
        b = Find(b);
        _parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    private int Find(int source)
    {
        while (_parents[source] != source)
        {
            _parents[source] = _parents[_parents[source]];
            source = _parents[source];
        }

        return source;
    }

    /// <summary>A point where values from several places meet: at the end of a construct, or at a loop's head.</summary>
    private sealed class Join(Construct? at, int first)
    {
        public Construct? At { get; } = at;

        public List<int> Sources { get; } = [first];

        public bool Used { get; set; }
    }

    /// <summary>An open block, loop or if, with the sources of every float local at its borders.</summary>
    private sealed class Construct(int[]? head, int[]? skipping)
    {
        /// <summary>At a loop's head.</summary>
        public int[]? Head { get; } = head;

        /// <summary>Where an if's else begins; null once it has begun.</summary>
        public int[]? Skipping { get; set; } = skipping;

        /// <summary>At the end, as far as control was seen to reach it.</summary>
        public int[]? End { get; set; }
    }
}
