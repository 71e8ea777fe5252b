using Market.Wasm.Format;

namespace Market.Wasm.Validation;

/// <summary>
/// Decodes and validates one function body by the algorithm of the specification's appendix (WebAssembly 2.0, 7.3),
/// and keeps the instructions that can be reached.
/// </summary>
internal sealed class FunctionValidator
{
    private readonly WasmModule _module;
    private readonly WasmReader _in;
    private readonly ValidatedBody _body;
    private readonly List<WasmType> _operands = [];
    private readonly List<ControlFrame> _frames = [];
    private int _blocks;
    private int _at;

    private FunctionValidator(WasmModule module, int index)
    {
        _module = module;
        _in = new WasmReader(module.Bytes, module.Code[index].Start, module.Code[index].End);
        _body = new ValidatedBody(module.Functions[index]);
    }

    /// <summary>Validates the body of defined function <paramref name="index"/>.</summary>
    public static ValidatedBody Validate(WasmModule module, int index) => new FunctionValidator(module, index).Validate();

    private ControlFrame Top => _frames[^1];

    private bool Live => !Top.Unreachable && !Top.Dead;

    private ValidatedBody Validate()
    {
        Locals();
        _frames.Add(new ControlFrame(Opcode.Block, new FunctionType([], _body.Type.Results), 0, false));
        while (_frames.Count > 0) Next();
        if (!_in.AtEnd) throw RefusalException.Malformed("code after the end of a function", _in.Position);
        var slots = _body.FrameSlots;
        if (slots > Limits.FrameSlots) throw RefusalException.TooLarge($"a frame of {slots} slots, more than {Limits.FrameSlots}", _at);
        _body.Blocks = _blocks;
        return _body;
    }

    private void Locals()
    {
        var at = _in.Position;
        var groups = _in.Count(int.MaxValue, "local groups");
        ulong total = 0;
        for (var i = 0; i < groups; i++)
        {
            var count = _in.U32();
            total += count;
            if (total > uint.MaxValue) throw RefusalException.Malformed("too many locals", at);
            var type = _in.ReadType();
            if (total + (ulong)_body.Type.Parameters.Length > Limits.FrameSlots) throw RefusalException.TooLarge($"{total} locals, more than {Limits.FrameSlots}", at);
            for (var j = 0u; j < count; j++) _body.Locals.Add(type);
        }
    }

    private void Next()
    {
        _at = _in.Position;
        int code = _in.Byte();
        if (code == 0xfc)
        {
            var sub = _in.U32();
            code = sub < 0x10 ? 0x100 + (int)sub : 0x200;
        }

        var info = OpcodeTable.Find(code) ?? throw UnknownOpcode(code);
        if (info.Signature is not null) Simple(info);
        else Structured(info);
    }

    private RefusalException UnknownOpcode(int code) => code switch
    {
        0x06 or 0x07 or 0x08 or 0x09 or 0x0a or 0x18 or 0x19 or 0x1f => RefusalException.Unsupported("exceptions", _at),
        0x12 or 0x13 or 0x15 => RefusalException.Unsupported("tail calls", _at),
        0x14 or 0xd3 or 0xd4 or 0xd5 or 0xd6 => RefusalException.Unsupported("typed function references", _at),
        0x25 or 0x26 or 0xd0 or 0xd1 or 0xd2 => RefusalException.Unsupported("reference types", _at),
        0x108 or 0x109 => RefusalException.Unsupported("passive data segments (memory.init, data.drop)", _at),
        >= 0x10c and <= 0x10f => RefusalException.Unsupported("table mutation", _at),
        0x200 => RefusalException.Unsupported("an instruction with prefix 0xFC (table mutation or wide arithmetic)", _at),
        0xfb => RefusalException.Unsupported("garbage collection", _at),
        0xfd => RefusalException.Unsupported("SIMD", _at),
        0xfe => RefusalException.Unsupported("threads (atomic instructions)", _at),
        _ => RefusalException.Malformed("illegal opcode", _at),
    };

    /// <summary>An instruction whose operand and result types stand in the table.</summary>
    private void Simple(OpcodeInfo info)
    {
        uint a = 0;
        ulong imm = 0;
        switch (info.Immediate)
        {
            case Immediate.None: break;
            case Immediate.I32: imm = (uint)_in.Signed(32); break;
            case Immediate.I64: imm = (ulong)_in.Signed(64); break;
            case Immediate.F32: imm = _in.Fixed32(); break;
            case Immediate.F64: imm = _in.Fixed64(); break;
            case Immediate.Memory:
                a = _in.U32();
                if (a >= 32) throw a is >= 64 and < 128 ? RefusalException.Unsupported("several memories", _at) : RefusalException.Malformed("malformed memop flags", _at);
                imm = _in.U32();
                NeedMemory();
                if (a > info.Alignment) throw RefusalException.Invalid("alignment must not be larger than natural", _at);
                break;
            case Immediate.Zero or Immediate.TwoZeros:
                for (var i = info.Immediate == Immediate.Zero ? 1 : 2; i > 0; i--)
                {
                    if (_in.Byte() != 0) throw RefusalException.Malformed("zero byte expected", _at);
                }

                NeedMemory();
                break;
            default: throw new InvalidOperationException(info.Name);
        }

        Emit(new Instruction(info.Opcode, a, imm));
        Pop(info.Operands);
        Push(info.Results);
    }

    private void Structured(OpcodeInfo info)
    {
        switch (info.Opcode)
        {
            case Opcode.Nop: break;
            case Opcode.Unreachable: Emit(new Instruction(info.Opcode)); Unreachable(); break;
            case Opcode.Block or Opcode.Loop or Opcode.If: Enter(info.Opcode); break;
            case Opcode.Else: Else(); break;
            case Opcode.End: End(); break;
            case Opcode.Br: Branch(info.Opcode, _in.U32()); Unreachable(); break;
            case Opcode.BrIf: CountBlock(); Pop(WasmType.I32); Branch(info.Opcode, _in.U32()); break;
            case Opcode.BrTable: BranchTable(); break;
            case Opcode.Return: Branch(info.Opcode, (uint)_frames.Count - 1); Unreachable(); break;
            case Opcode.Call: Call(); break;
            case Opcode.CallIndirect: CallIndirect(); break;
            case Opcode.Drop: Emit(new Instruction(info.Opcode)); Pop(WasmType.Unknown); break;
            case Opcode.Select: Select(); break;
            case Opcode.SelectT: TypedSelect(); break;
            case Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee: Local(info.Opcode); break;
            case Opcode.GlobalGet or Opcode.GlobalSet: Global(info.Opcode); break;
            default: throw new InvalidOperationException(info.Name);
        }
    }

    private void Local(Opcode op)
    {
        var index = _in.U32();
        if (index >= _body.Locals.Count) throw RefusalException.Invalid($"unknown local {index}", _at);
        var type = _body.Locals[(int)index];
        Emit(new Instruction(op, index));
        if (op != Opcode.LocalGet) Pop(type);
        if (op != Opcode.LocalSet) Push(type);
    }

    private void Global(Opcode op)
    {
        var index = _in.U32();
        if (index >= _module.Globals.Count) throw RefusalException.Invalid($"unknown global {index}", _at);
        var type = _module.Globals[(int)index].Type;
        Emit(new Instruction(op, index, (ulong)type.Type));
        if (op == Opcode.GlobalGet)
        {
            Push(type.Type);
            return;
        }

        if (!type.Mutable) throw RefusalException.Invalid($"global {index} is immutable", _at);
        Pop(type.Type);
    }

    private void Call()
    {
        var index = _in.U32();
        if (index >= _module.FunctionCount) throw RefusalException.Invalid($"unknown function {index}", _at);
        var type = _module.FunctionType(index);
        Emit(new Instruction(Opcode.Call, index, Type: type));
        Pop(type.Parameters);
        Push(type.Results);
    }

    private void CallIndirect()
    {
        var index = _in.U32();
        // The table's index may be an overlong LEB: linkers leave room for relocation.
        var table = _in.U32();
        if (index >= _module.Types.Count) throw RefusalException.Invalid($"unknown type {index}", _at);
        if (table != 0 || _module.Table is null) throw RefusalException.Invalid($"unknown table {table}", _at);
        var type = _module.Types[(int)index];
        Emit(new Instruction(Opcode.CallIndirect, index, Type: type));
        Pop(WasmType.I32);
        Pop(type.Parameters);
        Push(type.Results);
    }

    private void Select()
    {
        var live = Live;
        Pop(WasmType.I32);
        var second = Pop(WasmType.Unknown);
        var first = Pop(second);
        var type = second == WasmType.Unknown ? first : second;
        if (live) _body.Code.Add(new Instruction(Opcode.Select, (uint)type));
        Push(type);
    }

    private void TypedSelect()
    {
        var types = _in.ReadTypes("select types");
        if (types.Length != 1) throw RefusalException.Invalid("invalid result arity of select", _at);
        Emit(new Instruction(Opcode.Select, (uint)types[0]));
        Pop(WasmType.I32);
        Pop(types[0]);
        Pop(types[0]);
        Push(types[0]);
    }

    private FunctionType BlockType()
    {
        var b = _in.Peek();
        if (b == 0x40)
        {
            _in.Byte();
            return FunctionType.Empty;
        }

        // One byte with the sign bit set is a value type, anything else a type index.
        if (b is >= 0x41 and <= 0x7f) return new FunctionType([], [_in.ReadType()]);
        var index = _in.Signed(33);
        if (index < 0) throw RefusalException.Malformed("malformed block type", _at);
        return index < _module.Types.Count ? _module.Types[(int)index] : throw RefusalException.Invalid($"unknown type {index}", _at);
    }

    private void CountBlock()
    {
        if ((long)++_blocks * _blocks > Limits.BlocksSquared) throw RefusalException.TooLarge("too many blocks and branches in one function", _at);
    }

    private void Enter(Opcode op)
    {
        var type = BlockType();
        CountBlock();
        if (_frames.Count > Limits.Nesting) throw RefusalException.TooLarge($"more than {Limits.Nesting} nested blocks", _at);
        Emit(new Instruction(op, Type: type));
        var dead = !Live;
        if (op == Opcode.If) Pop(WasmType.I32);
        Pop(type.Parameters);
        _frames.Add(new ControlFrame(op, type, _operands.Count, dead));
        Push(type.Parameters);
    }

    private void Else()
    {
        var frame = Top;
        if (frame.Op != Opcode.If) throw RefusalException.Malformed("else without if", _at);
        CountBlock();
        PopResults();
        if (!frame.Dead) _body.Code.Add(new Instruction(Opcode.Else, frame.Unreachable ? 0u : 1u, Type: frame.Type));
        frame.Op = Opcode.Else;
        frame.Unreachable = false;
        Push(frame.Type.Parameters);
    }

    private void End()
    {
        var frame = Top;
        PopResults();
        if (frame.Op == Opcode.If && !frame.Type.Parameters.AsSpan().SequenceEqual(frame.Type.Results))
        {
            throw RefusalException.Invalid("type mismatch: an if without else must leave its parameters", _at);
        }

        var joins = frame.Targeted || frame.Unreachable || frame.Op is Opcode.If or Opcode.Else;
        if (!frame.Dead) _body.Code.Add(new Instruction(Opcode.End, joins ? 1u : 0u, Type: frame.Type));
        _frames.RemoveAt(_frames.Count - 1);
        if (_frames.Count > 0) Push(frame.Type.Results);
    }

    private void PopResults()
    {
        var frame = Top;
        Pop(frame.Type.Results);
        if (_operands.Count != frame.Height) throw RefusalException.Invalid("type mismatch: values remain at the end of a block", _at);
    }

    private ControlFrame Label(uint depth) =>
        depth < _frames.Count ? _frames[^((int)depth + 1)] : throw RefusalException.Invalid($"unknown label {depth}", _at);

    private static WasmType[] Carried(ControlFrame frame) => frame.Op == Opcode.Loop ? frame.Type.Parameters : frame.Type.Results;

    private void Branch(Opcode op, uint depth)
    {
        var frame = Label(depth);
        var carried = Carried(frame);
        if (Live)
        {
            // A loop's head is a join anyway; its end is reached by falling through only.
            frame.Targeted |= frame.Op != Opcode.Loop;
            _body.Code.Add(new Instruction(op, depth, Type: new FunctionType([], carried), Drop: Dropped(frame, carried)));
        }

        Pop(carried);
        if (op == Opcode.BrIf) Push(carried);
    }

    // Negative for an ill-typed branch, which the pops that follow refuse.
    private int Dropped(ControlFrame frame, WasmType[] carried) => _operands.Count - carried.Length - frame.Height;

    private void BranchTable()
    {
        Pop(WasmType.I32);
        var count = _in.Count(Limits.Labels, "labels");
        var labels = new uint[count + 1];
        for (var i = 0; i <= count; i++) labels[i] = _in.U32();
        var carried = Carried(Label(labels[count]));
        var live = Live;
        if (live)
        {
            _body.Code.Add(new Instruction(Opcode.BrTable, (uint)_body.Targets.Count, (ulong)count + 1, new FunctionType([], carried)));
        }

        foreach (var label in labels)
        {
            var frame = Label(label);
            var types = Carried(frame);
            if (types.Length != carried.Length) throw RefusalException.Invalid("type mismatch: labels of different arity", _at);
            if (live)
            {
                frame.Targeted |= frame.Op != Opcode.Loop;
                _body.Targets.Add(new BranchTarget(label, Dropped(frame, types)));
            }

            Check(types);
        }

        Unreachable();
    }

    private void Emit(Instruction instruction)
    {
        if (Live) _body.Code.Add(instruction);
    }

    private void Unreachable()
    {
        var frame = Top;
        _operands.RemoveRange(frame.Height, _operands.Count - frame.Height);
        frame.Unreachable = true;
    }

    private void NeedMemory()
    {
        if (_module.Memory is null) throw RefusalException.Invalid("unknown memory 0", _at);
    }

    private void Push(WasmType type)
    {
        _operands.Add(type);
        if (Live && _operands.Count > _body.MaxOperands) _body.MaxOperands = _operands.Count;
    }

    private void Push(WasmType[] types)
    {
        foreach (var type in types) Push(type);
    }

    private WasmType Pop(WasmType expected)
    {
        var frame = Top;
        if (_operands.Count == frame.Height)
        {
            if (frame.Unreachable) return WasmType.Unknown;
            throw RefusalException.Invalid($"type mismatch: {expected.Name()} expected, nothing on the stack", _at);
        }

        var actual = _operands[^1];
        _operands.RemoveAt(_operands.Count - 1);
        if (actual != expected && actual != WasmType.Unknown && expected != WasmType.Unknown)
        {
            throw RefusalException.Invalid($"type mismatch: {expected.Name()} expected, {actual.Name()} found", _at);
        }

        return actual;
    }

    private void Pop(WasmType[] types)
    {
        for (var i = types.Length - 1; i >= 0; i--) Pop(types[i]);
    }

    /// <summary>Checks that the top operands have these types and leaves them as they were.</summary>
    private void Check(WasmType[] types)
    {
        var kept = new WasmType[types.Length];
        for (var i = types.Length - 1; i >= 0; i--) kept[i] = Pop(types[i]);
        // Operands that unreachable code conjured up stay of unknown type, so that labels of different types can share them.
        Push(kept);
    }

    private sealed class ControlFrame(Opcode op, FunctionType type, int height, bool dead)
    {
        public Opcode Op { get; set; } = op;

        public FunctionType Type { get; } = type;

        public int Height { get; } = height;

        /// <summary>The whole block stands in code that cannot be reached.</summary>
        public bool Dead { get; } = dead;

        /// <summary>What follows in the block cannot be reached, so its operand stack holds whatever is asked for.</summary>
        public bool Unreachable { get; set; }

        /// <summary>A reachable branch leads to the block's end.</summary>
        public bool Targeted { get; set; }
    }
}
