using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Machine.Lowering;

/// <summary>
/// Lowers one annotated body: blocks vanish, branches become jumps behind the moves that they imply, charges and guards one
/// instruction each. Takes no more steps than <see cref="StepCost"/> charges for.
/// </summary>
internal sealed class FunctionLowerer
{
    private const uint LocalsPerZero = 16;

    private readonly ProgramLowerer _program;
    private readonly CodeBuilder _code;
    private readonly AnnotatedBody _annotated;
    private readonly ValidatedBody _body;
    private readonly References _references;
    private readonly List<Block> _blocks = [];
    private readonly uint _parameters;
    private readonly int _results;

    private FunctionLowerer(ProgramLowerer program, AnnotatedBody annotated, References references)
    {
        _program = program;
        _code = program.Code;
        _annotated = annotated;
        _body = annotated.Body;
        _references = references;
        _parameters = (uint)_body.Type.Parameters.Length;
        _results = _body.Type.Results.Length;
    }

    /// <summary>An open block: where branches to it lead, and where an if's second arm or end is.</summary>
    private sealed class Block(CodeLabel target, CodeLabel end, CodeLabel? otherwise)
    {
        public CodeLabel Target { get; } = target;

        public CodeLabel End { get; } = end;

        public CodeLabel? Otherwise { get; set; } = otherwise;
    }

    public static void Lower(ProgramLowerer program, AnnotatedBody annotated, References references) =>
        new FunctionLowerer(program, annotated, references).Lower();

    private void Lower()
    {
        var end = new CodeLabel();
        _blocks.Add(new Block(end, end, null));
        Charge(_annotated.Meter.Entry, test: true);
        if (_annotated.Guarded) _code.Emit(MachineOp.Guard, (uint)_body.FrameSlots);
        for (var left = (uint)_body.DeclaredLocals; left > 0; left -= Math.Min(left, LocalsPerZero)) _code.Emit(MachineOp.Zero, Math.Min(left, LocalsPerZero));
        for (var i = 0; i < _body.Code.Count; i++)
        {
            var at = _body.Code[i];
            var start = _code.Position;
            Write(at);
            if (_annotated.Canonical[i]) _program.Canonical.Add(new CanonicalResult(start, _annotated.ResultType(at) == WasmType.F32));
            if (_annotated.Meter.After(i) != 0) Charge(_annotated.Meter.After(i), test: at.Op == Opcode.Loop);
        }
    }

    private void Charge(int fuel, bool test) => _code.Emit(MachineOp.Meter, a: test ? (ushort)1 : (ushort)0, imm: (ulong)fuel);

    private void Write(in Instruction at)
    {
        switch (at.Op)
        {
            case Opcode.Unreachable: _code.Emit(MachineOp.Trap); break;
            case Opcode.Block:
                var after = new CodeLabel();
                _blocks.Add(new Block(after, after, null));
                break;
            case Opcode.Loop:
                var head = new CodeLabel();
                _code.Bind(head);
                _blocks.Add(new Block(head, new CodeLabel(), null));
                break;
            case Opcode.If:
                var otherwise = new CodeLabel();
                var join = new CodeLabel();
                _code.Emit(MachineOp.BranchIfZero, otherwise);
                _blocks.Add(new Block(join, join, otherwise));
                break;
            case Opcode.Else: Else(at); break;
            case Opcode.End: End(); break;
            case Opcode.Br: Branch(at.A, at.Drop, at.Type!.Results.Length); break;
            case Opcode.BrIf: BranchIf(at); break;
            case Opcode.BrTable: BranchTable(at); break;
            case Opcode.Return: Leave(at.Drop); break;
            case Opcode.Call: _program.EmitCall(_references.Function(at.A)); break;
            case Opcode.CallIndirect: _program.EmitIndirectCall(at.Type!); break;
            case Opcode.Drop: _code.Emit(MachineOp.Drop, 1); break;
            case Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee:
                _code.Emit((MachineOp)at.Op, at.A < _parameters ? at.A : at.A + 1);
                break;
            case Opcode.GlobalGet or Opcode.GlobalSet: _program.EmitGlobal(at.Op, at.A + _references.FirstGlobal); break;
            case Opcode.MemoryCopy when _references.Copy is { } copy: _program.EmitCall(copy); break;
            case Opcode.MemoryFill when _references.Fill is { } fill: _program.EmitCall(fill); break;
            case Opcode.MemoryGrow when _references.Grow is { } grow: _program.EmitCall(grow); break;
            case >= Opcode.I32Load and <= Opcode.I64Store32: _code.Emit((MachineOp)at.Op, (uint)at.Imm); break;
            case >= Opcode.I32Const and <= Opcode.F64Const: _code.Emit((MachineOp)at.Op, imm: at.Imm); break;
            // The rest keeps its number and has no operand of its own.
            default: _code.Emit((MachineOp)at.Op); break;
        }
    }

    private void Else(in Instruction at)
    {
        var block = _blocks[^1];
        if (at.A == 1) _code.Emit(MachineOp.Branch, block.End);
        _code.Bind(block.Otherwise!);
        block.Otherwise = null;
    }

    private void End()
    {
        var block = _blocks[^1];
        _blocks.RemoveAt(_blocks.Count - 1);
        if (block.Otherwise is { } otherwise) _code.Bind(otherwise);
        if (block.End.Position is null) _code.Bind(block.End);
        if (_blocks.Count == 0) Leave(0);
    }

    private void Branch(uint depth, int drop, int carried)
    {
        Adjust(drop, carried);
        _code.Emit(MachineOp.Branch, _blocks[^((int)depth + 1)].Target);
    }

    private void BranchIf(in Instruction at)
    {
        if (at.Drop == 0)
        {
            _code.Emit(MachineOp.BranchIfNotZero, _blocks[^((int)at.A + 1)].Target);
            return;
        }

        var skip = new CodeLabel();
        _code.Emit(MachineOp.BranchIfZero, skip);
        Branch(at.A, at.Drop, at.Type!.Results.Length);
        _code.Bind(skip);
    }

    private void BranchTable(in Instruction at)
    {
        var targets = _body.Targets.GetRange((int)at.A, (int)at.Imm);
        var trampolines = new List<(CodeLabel Label, BranchTarget Target)>();
        _code.Emit(MachineOp.BranchTable, (uint)targets.Count - 1);
        foreach (var target in targets)
        {
            if (target.Drop == 0)
            {
                _code.Emit(MachineOp.Branch, _blocks[^((int)target.Depth + 1)].Target);
                continue;
            }

            // Labels that stand several times in the table share their trampoline.
            var known = trampolines.Find(t => t.Target == target).Label;
            if (known is null) trampolines.Add((known = new CodeLabel(), target));
            _code.Emit(MachineOp.Branch, known);
        }

        foreach (var (label, target) in trampolines)
        {
            _code.Bind(label);
            Branch(target.Depth, target.Drop, at.Type!.Results.Length);
        }
    }

    /// <summary>Drops operands from below the ones that a branch carries.</summary>
    private void Adjust(int drop, int carried)
    {
        if (drop == 0) return;
        if (carried == 1)
        {
            _code.Emit(MachineOp.Slide, (uint)drop);
            return;
        }

        for (var i = carried; i > 0; i--) _code.Emit(MachineOp.Copy, (uint)i, imm: (ulong)(i + drop));
        _code.Emit(MachineOp.Drop, (uint)drop);
    }

    /// <summary>Gives room back and returns, with <paramref name="drop"/> operands below the results.</summary>
    private void Leave(int drop)
    {
        if (_annotated.Guarded) _code.Emit(MachineOp.Unguard, (uint)_body.FrameSlots);
        if (_results <= 1)
        {
            _code.Emit(MachineOp.Return, (uint)_results, (ushort)_parameters);
            return;
        }

        // The results may come to stand where the return record is, so it is saved on top of them.
        _code.Emit(MachineOp.PushRecord, a: (ushort)_parameters);
        var height = _body.Locals.Count + 1 + drop + _results + 1;
        for (var i = 0; i < _results; i++) _code.Emit(MachineOp.Copy, (uint)(1 + _results - i), imm: (ulong)(height - i));
        _code.Emit(MachineOp.ReturnMany, (uint)_results);
    }
}
