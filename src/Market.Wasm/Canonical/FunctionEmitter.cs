using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>Where a function's references lead in the linked module.</summary>
/// <param name="Function">New index of each function that the body may name.</param>
/// <param name="FirstGlobal">New index of the module's global 0.</param>
/// <param name="Copy">Function that charges for and does memory.copy; null leaves the instruction as it is. Likewise the others.</param>
/// <param name="Fill">Likewise for memory.fill.</param>
/// <param name="Grow">Likewise for memory.grow.</param>
internal sealed record References(Func<uint, uint> Function, uint FirstGlobal, uint? Copy, uint? Fill, uint? Grow);

/// <summary>Writes a validated body in canonical form: metered, depth-guarded, with NaN bits fixed where they show.</summary>
internal sealed class FunctionEmitter
{
    private const ulong CanonicalNan32 = 0x7fc00000;
    private const ulong CanonicalNan64 = 0x7ff8000000000000;

    private readonly ValidatedBody _body;
    private readonly References _references;
    private readonly uint _fuel;
    private readonly uint _depth;
    private readonly WasmWriter _out = new();
    private readonly CodeWriter _code;
    private int _nesting;
    private uint _scratch32;
    private uint _scratch64;

    private FunctionEmitter(ValidatedBody body, References references, TypeTable types, uint fuel, uint depth)
    {
        _body = body;
        _references = references;
        _code = new CodeWriter(_out, types);
        _fuel = fuel;
        _depth = depth;
    }

    /// <summary>The body as the code section holds it, without its size.</summary>
    public static WasmWriter Emit(ValidatedBody body, References references, TypeTable types, uint fuel, uint depth)
    {
        var emitter = new FunctionEmitter(body, references, types, fuel, depth);
        emitter.Emit();
        return emitter._out;
    }

    private void Emit()
    {
        var canonical = NanRule.Apply(_body);
        var locals = DeclareLocals(canonical);
        // A function that calls nothing ends the chain: its one frame is within what the limit leaves free.
        var guarded = _body.Code.Exists(i => i.Op is Opcode.Call or Opcode.CallIndirect);
        var meter = BlockMeter.Measure(_body, canonical, StepCost.Frame(locals, _body.Type.Results.Length, guarded), guarded);
        Charge(meter.Entry);
        if (guarded) CountDepth(Opcode.I64Sub);
        Test(guarded);
        if (guarded) Open(Opcode.Block, new FunctionType([], _body.Type.Results));
        for (var i = 0; i < _body.Code.Count; i++)
        {
            var at = _body.Code[i];
            Write(at, guarded);
            if (canonical[i]) MakeCanonical(at);
            if (meter.After(i) == 0) continue;
            Charge(meter.After(i));
            if (at.Op == Opcode.Loop) Test(guarded: false);
        }

        if (!guarded) return;
        CountDepth(Opcode.I64Add);
        Op(Opcode.End);
    }

    /// <summary>Writes the local declarations; returns their number, scratch locals included.</summary>
    private int DeclareLocals(bool[] canonical)
    {
        var types = _body.Locals.GetRange(_body.Type.Parameters.Length, _body.DeclaredLocals);
        var needs32 = false;
        var needs64 = false;
        for (var i = 0; i < canonical.Length; i++)
        {
            if (!canonical[i]) continue;
            if (ResultType(_body.Code[i]) == WasmType.F32) needs32 = true;
            else needs64 = true;
        }

        var next = (uint)_body.Locals.Count;
        if (needs32)
        {
            types.Add(WasmType.F32);
            _scratch32 = next++;
        }

        if (needs64)
        {
            types.Add(WasmType.F64);
            _scratch64 = next;
        }

        _code.Locals(types);
        return types.Count;
    }

    private void Charge(int fuel)
    {
        Op(Opcode.GlobalGet, _fuel);
        Op(Opcode.I64Const);
        _out.Signed(fuel);
        Op(Opcode.I64Sub);
        Op(Opcode.GlobalSet, _fuel);
    }

    private void CountDepth(Opcode direction)
    {
        Op(Opcode.GlobalGet, _depth);
        Op(Opcode.I64Const);
        _out.Signed(_body.FrameSlots);
        Op(direction);
        Op(Opcode.GlobalSet, _depth);
    }

    /// <summary>Traps if the fuel, or in guarded functions the room for frames, is below zero: one test for both.</summary>
    private void Test(bool guarded)
    {
        Op(Opcode.GlobalGet, _fuel);
        if (guarded)
        {
            Op(Opcode.GlobalGet, _depth);
            Op(Opcode.I64Or);
        }

        Op(Opcode.I64Const);
        _out.Signed(0);
        Op(Opcode.I64LtS);
        Op(Opcode.If);
        _out.Byte(0x40);
        Op(Opcode.Unreachable);
        Op(Opcode.End);
    }

    private void MakeCanonical(in Instruction at)
    {
        var single = ResultType(at) == WasmType.F32;
        var scratch = single ? _scratch32 : _scratch64;
        Op(Opcode.LocalTee, scratch);
        Op(single ? Opcode.F32Const : Opcode.F64Const);
        if (single) _out.Fixed32((uint)CanonicalNan32);
        else _out.Fixed64(CanonicalNan64);
        Op(Opcode.LocalGet, scratch);
        Op(Opcode.LocalGet, scratch);
        Op(single ? Opcode.F32Eq : Opcode.F64Eq);
        Op(Opcode.Select);
    }

    private WasmType ResultType(in Instruction at) => at.Op switch
    {
        Opcode.LocalGet or Opcode.LocalTee => _body.Locals[(int)at.A],
        Opcode.Select => (WasmType)at.A,
        _ => OpcodeTable.Get(at.Op).Results[0],
    };

    private void Write(in Instruction at, bool guarded)
    {
        switch (at.Op)
        {
            case Opcode.Block or Opcode.Loop or Opcode.If: Open(at.Op, at.Type!); break;
            case Opcode.End:
                _nesting--;
                Op(Opcode.End);
                break;
            // Inside the guard's block a return leaves that block, so that the depth is counted down.
            case Opcode.Return when guarded: Op(Opcode.Br, (uint)_nesting - 1); break;
            case Opcode.Call: Op(Opcode.Call, _references.Function(at.A)); break;
            case Opcode.GlobalGet or Opcode.GlobalSet: Op(at.Op, at.A + _references.FirstGlobal); break;
            case Opcode.MemoryCopy when _references.Copy is { } copy: Op(Opcode.Call, copy); break;
            case Opcode.MemoryFill when _references.Fill is { } fill: Op(Opcode.Call, fill); break;
            case Opcode.MemoryGrow when _references.Grow is { } grow: Op(Opcode.Call, grow); break;
            default: _code.Write(at, _body); break;
        }
    }

    private void Open(Opcode op, FunctionType type)
    {
        _nesting++;
        _code.Open(op, type);
    }

    private void Op(Opcode op) => _code.Op(op);

    private void Op(Opcode op, uint index) => _code.Op(op, index);
}
