using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Conformance.Tests.Generation;

/// <summary>Makes one function's body: statements that leave the operand stack as it was.</summary>
internal sealed class FunctionGenerator
{
    private readonly ProgramGenerator _program;
    private readonly Dice _dice;
    private readonly FunctionType _type;
    private readonly List<WasmType> _locals;
    private readonly List<WasmType[]> _labels = [];
    private readonly WasmWriter _out = new();
    private readonly CodeWriter _code;
    private readonly ExpressionGenerator _expressions;
    private int _budget;

    private FunctionGenerator(ProgramGenerator program, Dice dice, FunctionType type)
    {
        _program = program;
        _dice = dice;
        _type = type;
        _locals = [.. type.Parameters, .. ProgramGenerator.SomeTypes(dice, 5)];
        _code = new CodeWriter(_out, program.Types);
        _expressions = new ExpressionGenerator(program, dice, _locals, _labels, _out, _code);
        _budget = 3 + dice.Below(25);
    }

    /// <summary>The body as the code section holds it, without its size.</summary>
    public static WasmWriter Generate(ProgramGenerator program, Dice dice, FunctionType type, bool isStart)
    {
        var function = new FunctionGenerator(program, dice, type);
        function._labels.Add(type.Results);
        function.Statements(3);
        if (isStart) function.Show();
        foreach (var result in type.Results) function._expressions.Write(result, 3);
        function._code.Op(Opcode.End);

        var body = new WasmWriter();
        new CodeWriter(body, program.Types).Locals(function._locals.Skip(type.Parameters.Length));
        body.Bytes(function._out.Written);
        return body;
    }

    public static void WriteConstant(WasmWriter writer, Dice dice, WasmType type)
    {
        switch (type)
        {
            case WasmType.I32:
                writer.Byte((byte)Opcode.I32Const);
                writer.Signed((int)Interesting.Integer(dice));
                break;
            case WasmType.I64:
                writer.Byte((byte)Opcode.I64Const);
                writer.Signed((long)Interesting.Integer(dice));
                break;
            case WasmType.F32:
                writer.Byte((byte)Opcode.F32Const);
                writer.Fixed32(Interesting.Single(dice));
                break;
            default:
                writer.Byte((byte)Opcode.F64Const);
                writer.Fixed64(Interesting.Double(dice));
                break;
        }
    }

    private void Statements(int depth)
    {
        for (var i = 1 + _dice.Below(4); i > 0 && _budget > 0; i--) Statement(depth);
    }

    private void Statement(int depth)
    {
        _budget--;
        switch (_dice.Below(depth > 0 ? 26 : 14))
        {
            case 0 or 1 or 2: SetLocal(); break;
            case 3 or 4: SetGlobal(); break;
            case 5 or 6 or 7: Store(); break;
            case 8: Drop(); break;
            case 9 or 10: _expressions.Call(results: true); break;
            case 11: Bulk(); break;
            case 12: BranchIf(); break;
            case 13: Leave(); break;
            case 14 or 15 or 16: If(depth); break;
            case 17 or 18: Block(depth); break;
            case 19 or 20 or 21: Loop(depth); break;
            case 22: Table(depth); break;
            case 23: WithDeadCode(depth); break;
            default: Output(); break;
        }
    }

    private void SetLocal()
    {
        if (_locals.Count == 0) return;
        var local = _dice.Below(_locals.Count);
        _expressions.Write(_locals[local], 4);
        _code.Op(Opcode.LocalSet, (uint)local);
    }

    private void SetGlobal()
    {
        var global = _dice.Below(_program.Globals.Count);
        _expressions.Write(_program.Globals[global].Type, 4);
        _code.Op(Opcode.GlobalSet, (uint)global);
    }

    private void Store()
    {
        var op = (Opcode)((int)Opcode.I32Store + _dice.Below(Opcode.I64Store32 - Opcode.I32Store + 1));
        var info = OpcodeTable.Get(op);
        _expressions.Address();
        _expressions.Write(info.Operands[1], 4);
        _expressions.Memory(info);
    }

    private void Drop()
    {
        _expressions.Write(_dice.Type(), 4);
        _code.Op(Opcode.Drop);
    }

    private void Bulk()
    {
        _expressions.Address();
        if (_dice.Chance(50)) _expressions.Address();
        else _expressions.Write(WasmType.I32, 2);
        if (_dice.Chance(90))
        {
            _expressions.Write(WasmType.I32, 2);
            _out.Byte((byte)Opcode.I32Const);
            _out.Signed(_dice.Pick([7, 63, 255, 4095]));
            _code.Op(Opcode.I32And);
        }
        else
        {
            _expressions.Write(WasmType.I32, 2);
        }

        if (_dice.Chance(50))
        {
            _code.Op(Opcode.MemoryCopy);
            _out.Bytes([0, 0]);
        }
        else
        {
            _code.Op(Opcode.MemoryFill);
            _out.Byte(0);
        }
    }

    private void BranchIf()
    {
        var label = _dice.Below(_labels.Count);
        var carried = _labels[^(label + 1)];
        foreach (var type in carried) _expressions.Write(type, 2);
        _expressions.Write(WasmType.I32, 3);
        _code.Op(Opcode.BrIf, (uint)label);
        foreach (var _ in carried) _code.Op(Opcode.Drop);
    }

    /// <summary>Seldom: leaves the function, traps or ends the program under a condition.</summary>
    private void Leave()
    {
        _expressions.Write(WasmType.I32, 2);
        _code.Open(Opcode.If, FunctionType.Empty);
        _labels.Add([]);
        switch (_dice.Below(5))
        {
            case 0:
                foreach (var type in _type.Results) _expressions.Write(type, 2);
                _code.Op(Opcode.Return);
                break;
            case 1:
                if (_dice.Chance(20)) _code.Op(Opcode.Unreachable);
                break;
            case 2 when _dice.Chance(20):
                _expressions.Write(WasmType.I32, 2);
                _code.Op(Opcode.Call, 3);
                break;
            default:
                Jump();
                break;
        }

        _labels.RemoveAt(_labels.Count - 1);
        _code.Op(Opcode.End);
    }

    private void Jump()
    {
        var label = _dice.Below(_labels.Count);
        if (_dice.Chance(20)) _expressions.Write(WasmType.F64, 1);
        foreach (var type in _labels[^(label + 1)]) _expressions.Write(type, 2);
        _code.Op(Opcode.Br, (uint)label);
    }

    private void If(int depth)
    {
        var results = ProgramGenerator.SomeTypes(_dice, 1);
        _expressions.Write(WasmType.I32, 3);
        _code.Open(Opcode.If, new FunctionType([], results));
        Arm(results, depth);
        if (results.Length > 0 || _dice.Chance(50))
        {
            _code.Op(Opcode.Else);
            Arm(results, depth);
        }

        _code.Op(Opcode.End);
        Consume(results);
    }

    private void Arm(WasmType[] results, int depth)
    {
        _labels.Add(results);
        Statements(depth - 1);
        foreach (var result in results) _expressions.Write(result, 3);
        _labels.RemoveAt(_labels.Count - 1);
    }

    private void Block(int depth)
    {
        var type = new FunctionType(ProgramGenerator.SomeTypes(_dice, 2), ProgramGenerator.SomeTypes(_dice, 2));
        foreach (var parameter in type.Parameters) _expressions.Write(parameter, 3);
        _code.Open(Opcode.Block, type);
        Consume(type.Parameters);
        Arm(type.Results, depth);
        _code.Op(Opcode.End);
        Consume(type.Results);
    }

    /// <summary>A loop that counts down, with a parameter now and then; some branch back without counting.</summary>
    private void Loop(int depth)
    {
        var counter = NewLocal(WasmType.I32);
        _out.Byte((byte)Opcode.I32Const);
        _out.Signed(1 + _dice.Below(_dice.Chance(10) ? 500 : 8));
        _code.Op(Opcode.LocalSet, counter);
        var parameters = ProgramGenerator.SomeTypes(_dice, 1);
        foreach (var parameter in parameters) _expressions.Write(parameter, 2);
        _code.Open(Opcode.Loop, new FunctionType(parameters, []));
        Consume(parameters);
        // Statements inside see the loop's label only seldom: a branch to it that does not count may never end.
        var visible = _dice.Chance(15);
        _labels.Add(visible ? parameters : [WasmType.I32, WasmType.I32, WasmType.I32, WasmType.I32, WasmType.I32, WasmType.I32]);
        if (visible) Statements(depth - 1);
        else Hidden(depth - 1);
        _labels.RemoveAt(_labels.Count - 1);
        foreach (var parameter in parameters) _expressions.Write(parameter, 2);
        _code.Op(Opcode.LocalGet, counter);
        _out.Bytes([(byte)Opcode.I32Const, 1]);
        _code.Op(Opcode.I32Sub);
        _code.Op(Opcode.LocalTee, counter);
        _code.Op(Opcode.BrIf, 0);
        Consume(parameters);
        _code.Op(Opcode.End);
    }

    // The loop's label is there but nothing may branch to it: a block around the statements takes the branches.
    private void Hidden(int depth)
    {
        _code.Open(Opcode.Block, FunctionType.Empty);
        var hidden = _labels.ToList();
        _labels.Clear();
        _labels.Add([]);
        Statements(depth);
        _labels.Clear();
        _labels.AddRange(hidden);
        _code.Op(Opcode.End);
    }

    private void Table(int depth)
    {
        _code.Open(Opcode.Block, FunctionType.Empty);
        _labels.Add([]);
        _code.Open(Opcode.Block, FunctionType.Empty);
        _labels.Add([]);
        var plain = Enumerable.Range(0, _labels.Count).Where(i => _labels[^(i + 1)].Length == 0).ToList();
        if (_dice.Chance(30)) _expressions.Write(WasmType.I64, 1);
        _expressions.Write(WasmType.I32, 3);
        var targets = Enumerable.Range(0, 1 + _dice.Below(5)).Select(_ => _dice.Pick(plain)).ToList();
        _code.Op(Opcode.BrTable, (uint)targets.Count - 1);
        foreach (var target in targets) _out.U32((uint)target);
        _labels.RemoveAt(_labels.Count - 1);
        _code.Op(Opcode.End);
        Statements(depth - 1);
        _labels.RemoveAt(_labels.Count - 1);
        _code.Op(Opcode.End);
    }

    private void WithDeadCode(int depth)
    {
        _code.Open(Opcode.Block, FunctionType.Empty);
        _labels.Add([]);
        Jump();
        Statements(depth - 1);
        if (_dice.Chance(50)) _code.Op(Opcode.F64Add);
        if (_dice.Chance(50)) _code.Op(Opcode.Unreachable);
        else _code.Op(Opcode.Br, 0);
        _labels.RemoveAt(_labels.Count - 1);
        _code.Op(Opcode.End);
    }

    private void Output()
    {
        if (_dice.Chance(30))
        {
            _expressions.Address();
            _out.Byte((byte)Opcode.I32Const);
            _out.Signed(_dice.Below(_dice.Chance(5) ? 1000 : 40));
            _out.Byte((byte)Opcode.I32Const);
            _out.Signed(_dice.Below(_dice.Chance(5) ? 1000 : 40));
            _code.Op(Opcode.Call, 1);
            return;
        }

        _expressions.Address();
        _out.Byte((byte)Opcode.I32Const);
        _out.Signed(_dice.Below(200));
        _code.Op(Opcode.Call, 2);
    }

    /// <summary>At the end of the program: all globals into memory, and the first pages' start to the output.</summary>
    private void Show()
    {
        for (var i = 0; i < _program.Globals.Count; i++)
        {
            _out.Byte((byte)Opcode.I32Const);
            _out.Signed(8 * i);
            _code.Op(Opcode.GlobalGet, (uint)i);
            _expressions.Memory(OpcodeTable.Get(_program.Globals[i].Type switch
            {
                WasmType.I32 => Opcode.I32Store, WasmType.I64 => Opcode.I64Store, WasmType.F32 => Opcode.F32Store, _ => Opcode.F64Store,
            }), 0);
        }

        _out.Bytes([(byte)Opcode.I32Const, 0, (byte)Opcode.I32Const]);
        _out.Signed(4096);
        _code.Op(Opcode.Call, 2);
    }

    private void Consume(WasmType[] types)
    {
        foreach (var type in types.Reverse())
        {
            if (_dice.Chance(50)) _code.Op(Opcode.LocalSet, NewLocal(type));
            else _code.Op(Opcode.Drop);
        }
    }

    private uint NewLocal(WasmType type)
    {
        _locals.Add(type);
        return (uint)_locals.Count - 1;
    }
}
