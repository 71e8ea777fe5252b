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
    private readonly TypeStack _types;
    private int _blocks;

    private FunctionValidator(WasmModule module, int index)
    {
        _module = module;
        _in = new WasmReader(module.Bytes, module.Code[index].Start, module.Code[index].End);
        _body = new ValidatedBody(module.Functions[index]);
        _types = new TypeStack(_body);
    }

    /// <summary>Validates the body of defined function <paramref name="index"/>.</summary>
    public static ValidatedBody Validate(WasmModule module, int index) => new FunctionValidator(module, index).Validate();

    private ValidatedBody Validate()
    {
        Locals();
        _types.Open(Opcode.Block, new FunctionType([], _body.Type.Results), dead: false);
        while (_types.Depth > 0) Next();
        if (!_in.AtEnd) throw RefusalException.Malformed("code after the end of a function", _in.Position);
        var slots = _body.FrameSlots;
        if (slots > Limits.FrameSlots) throw RefusalException.TooLarge($"a frame of {slots} slots, more than {Limits.FrameSlots}", _types.At);
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
        _types.At = _in.Position;
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
        0x06 or 0x07 or 0x08 or 0x09 or 0x0a or 0x18 or 0x19 or 0x1f => RefusalException.Unsupported("exceptions", _types.At),
        0x12 or 0x13 or 0x15 => RefusalException.Unsupported("tail calls", _types.At),
        0x14 or 0xd3 or 0xd4 or 0xd5 or 0xd6 => RefusalException.Unsupported("typed function references", _types.At),
        0x25 or 0x26 or 0xd0 or 0xd1 or 0xd2 => RefusalException.Unsupported("reference types", _types.At),
        0x108 or 0x109 => RefusalException.Unsupported("passive data segments (memory.init, data.drop)", _types.At),
        >= 0x10c and <= 0x10f => RefusalException.Unsupported("table mutation", _types.At),
        0x200 => RefusalException.Unsupported("an instruction with prefix 0xFC (table mutation or wide arithmetic)", _types.At),
        0xfb => RefusalException.Unsupported("garbage collection", _types.At),
        0xfd => RefusalException.Unsupported("SIMD", _types.At),
        0xfe => RefusalException.Unsupported("threads (atomic instructions)", _types.At),
        _ => RefusalException.Malformed("illegal opcode", _types.At),
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
                if (a >= 32) throw a is >= 64 and < 128 ? RefusalException.Unsupported("several memories", _types.At) : RefusalException.Malformed("malformed memop flags", _types.At);
                imm = _in.U32();
                NeedMemory();
                if (a > info.Alignment) throw RefusalException.Invalid("alignment must not be larger than natural", _types.At);
                break;
            case Immediate.Zero or Immediate.TwoZeros:
                for (var i = info.Immediate == Immediate.Zero ? 1 : 2; i > 0; i--)
                {
                    if (_in.Byte() != 0) throw RefusalException.Malformed("zero byte expected", _types.At);
                }

                NeedMemory();
                break;
            default: throw new InvalidOperationException(info.Name);
        }

        Emit(new Instruction(info.Opcode, a, imm));
        _types.Pop(info.Operands);
        _types.Push(info.Results);
    }

    private void Structured(OpcodeInfo info)
    {
        switch (info.Opcode)
        {
            case Opcode.Nop: break;
            case Opcode.Unreachable: Emit(new Instruction(info.Opcode)); _types.Unreachable(); break;
            case Opcode.Block or Opcode.Loop or Opcode.If: Enter(info.Opcode); break;
            case Opcode.Else: Else(); break;
            case Opcode.End: End(); break;
            case Opcode.Br: Branch(info.Opcode, _in.U32()); _types.Unreachable(); break;
            case Opcode.BrIf: CountBlock(); _types.Pop(WasmType.I32); Branch(info.Opcode, _in.U32()); break;
            case Opcode.BrTable: BranchTable(); break;
            case Opcode.Return: Branch(info.Opcode, (uint)_types.Depth - 1); _types.Unreachable(); break;
            case Opcode.Call: Call(); break;
            case Opcode.CallIndirect: CallIndirect(); break;
            case Opcode.Drop: Emit(new Instruction(info.Opcode)); _types.Pop(WasmType.Unknown); break;
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
        if (index >= _body.Locals.Count) throw RefusalException.Invalid($"unknown local {index}", _types.At);
        var type = _body.Locals[(int)index];
        Emit(new Instruction(op, index));
        if (op != Opcode.LocalGet) _types.Pop(type);
        if (op != Opcode.LocalSet) _types.Push(type);
    }

    private void Global(Opcode op)
    {
        var index = _in.U32();
        if (index >= _module.Globals.Count) throw RefusalException.Invalid($"unknown global {index}", _types.At);
        var type = _module.Globals[(int)index].Type;
        Emit(new Instruction(op, index, (ulong)type.Type));
        if (op == Opcode.GlobalGet)
        {
            _types.Push(type.Type);
            return;
        }

        if (!type.Mutable) throw RefusalException.Invalid($"global {index} is immutable", _types.At);
        _types.Pop(type.Type);
    }

    private void Call()
    {
        var index = _in.U32();
        if (index >= _module.FunctionCount) throw RefusalException.Invalid($"unknown function {index}", _types.At);
        var type = _module.FunctionType(index);
        Emit(new Instruction(Opcode.Call, index, Type: type));
        _types.Pop(type.Parameters);
        _types.Push(type.Results);
    }

    private void CallIndirect()
    {
        var index = _in.U32();
        // The table's index may be an overlong LEB: linkers leave room for relocation.
        var table = _in.U32();
        if (index >= _module.Types.Count) throw RefusalException.Invalid($"unknown type {index}", _types.At);
        if (table != 0 || _module.Table is null) throw RefusalException.Invalid($"unknown table {table}", _types.At);
        var type = _module.Types[(int)index];
        Emit(new Instruction(Opcode.CallIndirect, index, Type: type));
        _types.Pop(WasmType.I32);
        _types.Pop(type.Parameters);
        _types.Push(type.Results);
    }

    private void Select()
    {
        var live = _types.Live;
        _types.Pop(WasmType.I32);
        var second = _types.Pop(WasmType.Unknown);
        var first = _types.Pop(second);
        var type = second == WasmType.Unknown ? first : second;
        if (live) _body.Code.Add(new Instruction(Opcode.Select, (uint)type));
        _types.Push(type);
    }

    private void TypedSelect()
    {
        var types = _in.ReadTypes("select types");
        if (types.Length != 1) throw RefusalException.Invalid("invalid result arity of select", _types.At);
        Emit(new Instruction(Opcode.Select, (uint)types[0]));
        _types.Pop(WasmType.I32);
        _types.Pop(types[0]);
        _types.Pop(types[0]);
        _types.Push(types[0]);
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
        if (index < 0) throw RefusalException.Malformed("malformed block type", _types.At);
        return index < _module.Types.Count ? _module.Types[(int)index] : throw RefusalException.Invalid($"unknown type {index}", _types.At);
    }

    private void CountBlock()
    {
        if ((long)++_blocks * _blocks > Limits.BlocksSquared) throw RefusalException.TooLarge("too many blocks and branches in one function", _types.At);
    }

    private void Enter(Opcode op)
    {
        var type = BlockType();
        CountBlock();
        if (_types.Depth > Limits.Nesting) throw RefusalException.TooLarge($"more than {Limits.Nesting} nested blocks", _types.At);
        Emit(new Instruction(op, Type: type));
        var dead = !_types.Live;
        if (op == Opcode.If) _types.Pop(WasmType.I32);
        _types.Pop(type.Parameters);
        _types.Open(op, type, dead);
    }

    private void Else()
    {
        var frame = _types.Top;
        if (frame.Op != Opcode.If) throw RefusalException.Malformed("else without if", _types.At);
        CountBlock();
        _types.PopResults();
        if (!frame.Dead) _body.Code.Add(new Instruction(Opcode.Else, frame.Unreachable ? 0u : 1u, Type: frame.Type));
        frame.Op = Opcode.Else;
        frame.Unreachable = false;
        _types.Push(frame.Type.Parameters);
    }

    private void End()
    {
        var frame = _types.Top;
        _types.PopResults();
        if (frame.Op == Opcode.If && !frame.Type.Parameters.AsSpan().SequenceEqual(frame.Type.Results))
        {
            throw RefusalException.Invalid("type mismatch: an if without else must leave its parameters", _types.At);
        }

        var joins = frame.Targeted || frame.Unreachable || frame.Op is Opcode.If or Opcode.Else;
        if (!frame.Dead) _body.Code.Add(new Instruction(Opcode.End, joins ? 1u : 0u, Type: frame.Type));
        _types.Close();
    }

    private void Branch(Opcode op, uint depth)
    {
        var frame = _types.Label(depth);
        var carried = TypeStack.Carried(frame);
        if (_types.Live)
        {
            // A loop's head is a join anyway; its end is reached by falling through only.
            frame.Targeted |= frame.Op != Opcode.Loop;
            _body.Code.Add(new Instruction(op, depth, Type: new FunctionType([], carried), Drop: _types.Dropped(frame, carried)));
        }

        _types.Pop(carried);
        if (op == Opcode.BrIf) _types.Push(carried);
    }

    private void BranchTable()
    {
        _types.Pop(WasmType.I32);
        var count = _in.Count(Limits.Labels, "labels");
        var labels = new uint[count + 1];
        for (var i = 0; i <= count; i++) labels[i] = _in.U32();
        var carried = TypeStack.Carried(_types.Label(labels[count]));
        var live = _types.Live;
        if (live)
        {
            _body.Code.Add(new Instruction(Opcode.BrTable, (uint)_body.Targets.Count, (ulong)count + 1, new FunctionType([], carried)));
        }

        foreach (var label in labels)
        {
            var frame = _types.Label(label);
            var types = TypeStack.Carried(frame);
            if (types.Length != carried.Length) throw RefusalException.Invalid("type mismatch: labels of different arity", _types.At);
            if (live)
            {
                frame.Targeted |= frame.Op != Opcode.Loop;
                _body.Targets.Add(new BranchTarget(label, _types.Dropped(frame, types)));
            }

            _types.Check(types);
        }

        _types.Unreachable();
    }

    private void Emit(Instruction instruction)
    {
        if (_types.Live) _body.Code.Add(instruction);
    }

    private void NeedMemory()
    {
        if (_module.Memory is null) throw RefusalException.Invalid("unknown memory 0", _types.At);
    }
}
