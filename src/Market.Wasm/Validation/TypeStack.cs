using Market.Wasm.Format;

namespace Market.Wasm.Validation;

/// <summary>
/// What validation knows at one point of a body: the types of the operands and the blocks that are open, as the
/// specification's appendix keeps them. Refuses what is ill-typed.
/// </summary>
internal sealed class TypeStack(ValidatedBody body)
{
    private readonly List<WasmType> _operands = [];
    private readonly List<ControlFrame> _frames = [];

    /// <summary>Byte offset that refusals name: of the instruction at hand.</summary>
    public int At { get; set; }

    /// <summary>Open blocks, the function's own included.</summary>
    public int Depth => _frames.Count;

    public ControlFrame Top => _frames[^1];

    /// <summary>Whether control can reach the instruction at hand.</summary>
    public bool Live => !Top.Unreachable && !Top.Dead;

    /// <summary>Opens a block over the operands that are there, its parameters already taken off.</summary>
    public void Open(Opcode op, FunctionType type, bool dead)
    {
        _frames.Add(new ControlFrame(op, type, _operands.Count, dead));
        Push(type.Parameters);
    }

    /// <summary>Closes the innermost block, whose results were taken off, and gives them to the one around it.</summary>
    public void Close()
    {
        var results = Top.Type.Results;
        _frames.RemoveAt(_frames.Count - 1);
        if (_frames.Count > 0) Push(results);
    }

    /// <summary>The block that a branch names.</summary>
    public ControlFrame Label(uint depth) =>
        depth < _frames.Count ? _frames[^((int)depth + 1)] : throw RefusalException.Invalid($"unknown label {depth}", At);

    /// <summary>What a branch to a block carries.</summary>
    public static WasmType[] Carried(ControlFrame frame) => frame.Op == Opcode.Loop ? frame.Type.Parameters : frame.Type.Results;

    /// <summary>Operands that a branch discards; negative for an ill-typed one, which the pops that follow refuse.</summary>
    public int Dropped(ControlFrame frame, WasmType[] carried) => _operands.Count - carried.Length - frame.Height;

    /// <summary>Takes the innermost block's results off, which must be all that it holds.</summary>
    public void PopResults()
    {
        var frame = Top;
        Pop(frame.Type.Results);
        if (_operands.Count != frame.Height) throw RefusalException.Invalid("type mismatch: values remain at the end of a block", At);
    }

    /// <summary>Control does not come further than the instruction at hand.</summary>
    public void Unreachable()
    {
        var frame = Top;
        _operands.RemoveRange(frame.Height, _operands.Count - frame.Height);
        frame.Unreachable = true;
    }

    public void Push(WasmType type)
    {
        _operands.Add(type);
        if (Live && _operands.Count > body.MaxOperands) body.MaxOperands = _operands.Count;
    }

    public void Push(WasmType[] types)
    {
        foreach (var type in types) Push(type);
    }

    /// <summary>Takes an operand of this type off and returns its type; of any, if it is unknown.</summary>
    public WasmType Pop(WasmType expected)
    {
        var frame = Top;
        if (_operands.Count == frame.Height)
        {
            if (frame.Unreachable) return WasmType.Unknown;
            throw RefusalException.Invalid($"type mismatch: {expected.Name()} expected, nothing on the stack", At);
        }

        var actual = _operands[^1];
        _operands.RemoveAt(_operands.Count - 1);
        if (actual != expected && actual != WasmType.Unknown && expected != WasmType.Unknown)
        {
            throw RefusalException.Invalid($"type mismatch: {expected.Name()} expected, {actual.Name()} found", At);
        }

        return actual;
    }

    public void Pop(WasmType[] types)
    {
        for (var i = types.Length - 1; i >= 0; i--) Pop(types[i]);
    }

    /// <summary>Checks that the top operands have these types and leaves them as they were.</summary>
    public void Check(WasmType[] types)
    {
        var kept = new WasmType[types.Length];
        for (var i = types.Length - 1; i >= 0; i--) kept[i] = Pop(types[i]);
        // Operands that unreachable code conjured up stay of unknown type, so that labels of different types can share them.
        Push(kept);
    }
}
