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

/// <summary>Whether the branch at a byte offset of a body is mostly taken.</summary>
internal readonly record struct BranchHint(uint Offset, bool Likely);

/// <summary>Writes a validated body in canonical form: metered, depth-guarded, with NaN bits fixed where they show.</summary>
internal sealed class FunctionEmitter
{
    private const uint CanonicalNan32 = 0x7fc00000;
    private const ulong CanonicalNan64 = 0x7ff8000000000000;
    private const ulong Exponent32 = 0x7f800000;
    private const ulong Exponent64 = 0x7ff0000000000000;

    private readonly AnnotatedBody _annotated;
    private readonly ValidatedBody _body;
    private readonly References _references;
    private readonly uint _fuel;
    private readonly uint _room;
    private readonly WasmWriter _out = new();
    private readonly CodeWriter _code;
    private readonly List<BranchHint> _hints = [];
    private int _nesting;
    private uint _fuelLocal;
    private uint _roomLocal;
    private uint _scratch32;
    private uint _scratch64;
    private uint _address;

    private FunctionEmitter(AnnotatedBody annotated, References references, TypeTable types, uint fuel, uint room)
    {
        _annotated = annotated;
        _body = annotated.Body;
        _references = references;
        _code = new CodeWriter(_out, types);
        _fuel = fuel;
        _room = room;
    }

    /// <summary>The body as the code section holds it, without its size.</summary>
    public static (WasmWriter Code, IReadOnlyList<BranchHint> Hints) Emit(AnnotatedBody annotated, References references, TypeTable types, uint fuel, uint room)
    {
        var emitter = new FunctionEmitter(annotated, references, types, fuel, room);
        emitter.Emit();
        return (emitter._out, emitter._hints);
    }

    private void Emit()
    {
        var (canonical, guarded, meter) = (_annotated.Canonical, _annotated.Guarded, _annotated.Meter);
        DeclareLocals();
        Op(Opcode.GlobalGet, _fuel);
        Op(Opcode.LocalSet, _fuelLocal);
        Charge(meter.Entry);
        if (guarded) TakeRoom();
        Test(guarded);
        if (guarded) Open(Opcode.Block, new FunctionType([], _body.Type.Results));
        for (var i = 0; i < _body.Code.Count; i++)
        {
            var at = _body.Code[i];
            if (canonical[i] && IsStore(at))
            {
                StoreCanonical(at);
            }
            else if (Write(at, guarded))
            {
                // The global is ahead of the local.
                Op(Opcode.GlobalGet, _fuel);
                Op(Opcode.LocalSet, _fuelLocal);
            }

            if (canonical[i] && !IsStore(at)) MakeCanonical(at);
            if (meter.After(i) == 0) continue;
            Charge(meter.After(i));
            if (at.Op == Opcode.Loop) Test(guarded: false);
        }

        if (!guarded) return;
        GiveRoomBack();
        Op(Opcode.End);
    }

    /// <summary>Writes the local declarations, those that the canonical form adds last.</summary>
    private void DeclareLocals()
    {
        var next = (uint)_body.Locals.Count;
        _fuelLocal = next++;
        if (_annotated.Guarded) _roomLocal = next++;
        if (_annotated.AddedLocals.Contains(WasmType.I32)) _address = next++;
        if (_annotated.AddedLocals.Contains(WasmType.F32)) _scratch32 = next++;
        if (_annotated.AddedLocals.Contains(WasmType.F64)) _scratch64 = next;
        _code.Locals([.. _body.Locals.Skip(_body.Type.Parameters.Length), .. _annotated.AddedLocals]);
    }

    /// <summary>
    /// Subtracts fuel. The local holds what the global does, so that a loop carries the count in a register; the global
    /// is written each time, so that it is right at any trap.
    /// </summary>
    private void Charge(int fuel)
    {
        Op(Opcode.LocalGet, _fuelLocal);
        Op(Opcode.I64Const);
        _out.Signed(fuel);
        Op(Opcode.I64Sub);
        Op(Opcode.LocalTee, _fuelLocal);
        Op(Opcode.GlobalSet, _fuel);
    }

    private void TakeRoom()
    {
        Op(Opcode.GlobalGet, _room);
        Op(Opcode.I64Const);
        _out.Signed(_body.FrameSlots);
        Op(Opcode.I64Sub);
        Op(Opcode.LocalTee, _roomLocal);
        Op(Opcode.GlobalSet, _room);
    }

    private void GiveRoomBack()
    {
        Op(Opcode.LocalGet, _roomLocal);
        Op(Opcode.I64Const);
        _out.Signed(_body.FrameSlots);
        Op(Opcode.I64Add);
        Op(Opcode.GlobalSet, _room);
    }

    /// <summary>Traps if the fuel, or in guarded functions the room for frames, is below zero: one test for both.</summary>
    private void Test(bool guarded)
    {
        Op(Opcode.LocalGet, _fuelLocal);
        if (guarded)
        {
            Op(Opcode.LocalGet, _roomLocal);
            Op(Opcode.I64Or);
        }

        Op(Opcode.I64Const);
        _out.Signed(0);
        Op(Opcode.I64LtS);
        If(likely: false);
        Op(Opcode.Unreachable);
        Op(Opcode.End);
    }

    /// <summary>
    /// Replaces a NaN on the stack by the canonical one. A branch that is hardly ever taken costs less than a choice, and
    /// x ≥ x less than x = x, which x86 processors ask in two steps; negating it would cost a third.
    /// </summary>
    private void MakeCanonical(in Instruction at)
    {
        var single = _annotated.ResultType(at) == WasmType.F32;
        var scratch = single ? _scratch32 : _scratch64;
        Op(Opcode.LocalTee, scratch);
        Op(Opcode.LocalGet, scratch);
        Op(single ? Opcode.F32Ge : Opcode.F64Ge);
        If(likely: true);
        Op(Opcode.Else);
        CanonicalNan(single);
        Op(Opcode.LocalSet, scratch);
        Op(Opcode.End);
        Op(Opcode.LocalGet, scratch);
    }

    /// <summary>
    /// Stores a value and overwrites it if it was a NaN. No instruction in between can trap or read the memory but the
    /// test itself, so the bits that arithmetic left are never observed. Testing what was stored, not the value, leaves
    /// the store its only use: compilers then join loads to the arithmetic behind it, and processors test integers
    /// faster than floats. The first test, of the exponent, is rough so that it is small; it is true of infinities too.
    /// </summary>
    private void StoreCanonical(in Instruction at)
    {
        var single = at.Op == Opcode.F32Store;
        var scratch = single ? _scratch32 : _scratch64;
        Op(Opcode.LocalSet, scratch);
        Op(Opcode.LocalTee, _address);
        Op(Opcode.LocalGet, scratch);
        _code.Write(at, _body);
        var offset = (uint)at.Imm;
        // The exponent is in the upper half, unless its address cannot be spelled.
        var rough = single || offset <= uint.MaxValue - 4;
        if (rough)
        {
            Load(Opcode.I32Load, single ? offset : offset + 4);
            Constant(single ? Exponent32 : Exponent64 >> 32);
            Op(Opcode.I32And);
            Constant(single ? Exponent32 : Exponent64 >> 32);
            Op(Opcode.I32Eq);
            If(likely: false);
        }

        // Without the sign, a NaN is more than the infinity.
        Load(single ? Opcode.I32Load : Opcode.I64Load, offset);
        Constant(1, wide: !single);
        Op(single ? Opcode.I32Shl : Opcode.I64Shl);
        Constant(single ? Exponent32 << 1 : Exponent64 << 1, wide: !single);
        Op(single ? Opcode.I32GtU : Opcode.I64GtU);
        If(likely: false);
        Op(Opcode.LocalGet, _address);
        CanonicalNan(single);
        _code.Write(at, _body);
        Op(Opcode.End);
        if (rough) Op(Opcode.End);
    }

    private void Load(Opcode op, uint offset)
    {
        Op(Opcode.LocalGet, _address);
        _code.Write(new Instruction(op, Imm: offset), _body);
    }

    private void Constant(ulong bits, bool wide = false)
    {
        Op(wide ? Opcode.I64Const : Opcode.I32Const);
        _out.Signed(wide ? (long)bits : (int)bits);
    }

    private void CanonicalNan(bool single)
    {
        Op(single ? Opcode.F32Const : Opcode.F64Const);
        if (single) _out.Fixed32(CanonicalNan32);
        else _out.Fixed64(CanonicalNan64);
    }

    private void If(bool likely)
    {
        _hints.Add(new BranchHint((uint)_out.Length, likely));
        Op(Opcode.If);
        _out.Byte(0x40);
    }

    private static bool IsStore(in Instruction at) => at.Op is Opcode.F32Store or Opcode.F64Store;

    /// <returns>Whether the fuel may have changed: by a call, or by the shim's own charges.</returns>
    private bool Write(in Instruction at, bool guarded)
    {
        switch (at.Op)
        {
            case Opcode.Block or Opcode.Loop or Opcode.If: Open(at.Op, at.Type!); break;
            case Opcode.End:
                _nesting--;
                Op(Opcode.End);
                break;
            // Inside the guard's block a return leaves that block, so that the room is given back.
            case Opcode.Return when guarded: Op(Opcode.Br, (uint)_nesting - 1); break;
            case Opcode.Call: return Call(_references.Function(at.A));
            case Opcode.CallIndirect:
                _code.Write(at, _body);
                return true;
            case Opcode.GlobalGet: Op(at.Op, at.A + _references.FirstGlobal); break;
            case Opcode.GlobalSet:
                Op(at.Op, at.A + _references.FirstGlobal);
                return at.A + _references.FirstGlobal == _fuel;
            case Opcode.MemoryCopy when _references.Copy is { } copy: return Call(copy);
            case Opcode.MemoryFill when _references.Fill is { } fill: return Call(fill);
            case Opcode.MemoryGrow when _references.Grow is { } grow: return Call(grow);
            default: _code.Write(at, _body); break;
        }

        return false;
    }

    private bool Call(uint function)
    {
        Op(Opcode.Call, function);
        return true;
    }

    private void Open(Opcode op, FunctionType type)
    {
        _nesting++;
        _code.Open(op, type);
    }

    private void Op(Opcode op) => _code.Op(op);

    private void Op(Opcode op, uint index) => _code.Op(op, index);
}
