using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Conformance.Tests.Generation;

/// <summary>Makes expressions: instructions that leave one value of a wanted type.</summary>
internal sealed class ExpressionGenerator(
    ProgramGenerator program, Dice dice, List<WasmType> locals, List<WasmType[]> labels, WasmWriter target, CodeWriter code)
{
    private static readonly ILookup<WasmType, OpcodeInfo> Producers = Enumerable.Range(0, 0x110).Select(OpcodeTable.Find)
        .Where(i => i is { Results.Length: 1, Operands.Length: > 0 } && i.Opcode != Opcode.MemoryGrow)
        .ToLookup(i => i!.Results[0], i => i!);

    // Floats come from arithmetic more often than from conversions.
    private static readonly ILookup<WasmType, OpcodeInfo> Arithmetic = Enumerable.Range(0, 0x110).Select(OpcodeTable.Find)
        .Where(i => i is { Results.Length: 1, Operands.Length: > 0, Immediate: Immediate.None } && i.Operands.All(o => o == i.Results[0]))
        .ToLookup(i => i!.Results[0], i => i!);

    private int _calls;

    /// <summary>Writes an expression of type <paramref name="type"/>, nested at most <paramref name="depth"/> deep.</summary>
    public void Write(WasmType type, int depth)
    {
        if (depth <= 0)
        {
            Leaf(type);
            return;
        }

        switch (dice.Below(20))
        {
            case < 4: Leaf(type); break;
            case < 8: Operation(dice.Pick([.. Producers[type]]), depth); break;
            case < 14: Operation(dice.Pick([.. Arithmetic[type]]), depth); break;
            case 14: Select(type, depth); break;
            case 15: If(type, depth); break;
            case 16: Block(type, depth); break;
            case 17: Tee(type, depth); break;
            case 18 when type == WasmType.I32: Size(depth); break;
            default: CallFor(type, depth); break;
        }
    }

    /// <summary>An address, mostly within the first page.</summary>
    public void Address()
    {
        if (dice.Chance(40))
        {
            target.Byte((byte)Opcode.I32Const);
            target.Signed(dice.Below(dice.Chance(5) ? 200_000 : 400));
            return;
        }

        Write(WasmType.I32, 2);
        if (dice.Chance(3)) return;
        target.Byte((byte)Opcode.I32Const);
        target.Signed(dice.Pick([0x3f, 0xff8, 0xffff]));
        code.Op(Opcode.I32And);
    }

    /// <summary>Writes a load or store whose operands are there.</summary>
    public void Memory(OpcodeInfo info, uint? offset = null)
    {
        code.Op(info.Opcode);
        target.U32((uint)dice.Below(info.Alignment + 1));
        target.U32(offset ?? (dice.Chance(2) ? (uint)dice.Next() : (uint)dice.Below(64)));
    }

    /// <summary>Calls some function with arguments; its results are dropped.</summary>
    public void Call(bool results)
    {
        // Calls multiply at run time, so a function holds few of them.
        if (++_calls > 4) return;
        var index = ProgramGenerator.Imports.Count + dice.Below(program.Functions.Count - ProgramGenerator.Imports.Count);
        Arguments(program.Functions[index], index);
        if (!results) return;
        foreach (var _ in program.Functions[index].Results) code.Op(Opcode.Drop);
    }

    private void Arguments(FunctionType type, int index)
    {
        foreach (var parameter in type.Parameters) Write(parameter, 2);
        var entries = Enumerable.Range(0, program.Table.Count).Where(i => program.Table[i] == index).ToList();
        if (entries.Count == 0 || dice.Chance(40))
        {
            code.Op(Opcode.Call, (uint)index);
            return;
        }

        if (dice.Chance(95))
        {
            target.Byte((byte)Opcode.I32Const);
            target.Signed(dice.Pick(entries));
        }
        else
        {
            Write(WasmType.I32, 1);
        }

        code.Op(Opcode.CallIndirect, program.Types.Index(type));
        target.U32(0);
    }

    private void CallFor(WasmType type, int depth)
    {
        var makers = Enumerable.Range(0, program.Functions.Count).Where(i => program.Functions[i].Results is [var only] && only == type).ToList();
        if (makers.Count == 0 || ++_calls > 6)
        {
            Operation(dice.Pick([.. Arithmetic[type]]), depth);
            return;
        }

        var index = dice.Pick(makers);
        Arguments(program.Functions[index], index);
    }

    private void Leaf(WasmType type)
    {
        var own = Enumerable.Range(0, locals.Count).Where(i => locals[i] == type).ToList();
        var globals = Enumerable.Range(0, program.Globals.Count).Where(i => program.Globals[i].Type == type).ToList();
        if (own.Count > 0 && dice.Chance(60)) code.Op(Opcode.LocalGet, (uint)dice.Pick(own));
        else if (globals.Count > 0 && dice.Chance(50)) code.Op(Opcode.GlobalGet, (uint)dice.Pick(globals));
        else FunctionGenerator.WriteConstant(target, dice, type);
    }

    private void Operation(OpcodeInfo info, int depth)
    {
        if (info.Immediate == Immediate.Memory)
        {
            Address();
            Memory(info);
            return;
        }

        // Most divisions and conversions should not trap, or no program would get far.
        var name = info.Name;
        var divides = name.Contains("div_", StringComparison.Ordinal) || name.Contains("rem_", StringComparison.Ordinal);
        var converts = name.Contains(".trunc_f", StringComparison.Ordinal);
        foreach (var operand in info.Operands) Write(operand, depth - 1);
        if (converts && dice.Chance(90))
        {
            // The saturating conversion of the same types does not trap.
            code.Op(OpcodeTable.Find(name.Replace("trunc_", "trunc_sat_", StringComparison.Ordinal))!.Opcode);
            return;
        }

        if (divides && dice.Chance(90))
        {
            target.Bytes([(byte)(info.Operands[0] == WasmType.I32 ? Opcode.I32Const : Opcode.I64Const), 3]);
            code.Op(info.Operands[0] == WasmType.I32 ? Opcode.I32Or : Opcode.I64Or);
        }

        code.Op(info.Opcode);
    }

    private void Select(WasmType type, int depth)
    {
        Write(type, depth - 1);
        Write(type, depth - 1);
        Write(WasmType.I32, depth - 1);
        code.Op(Opcode.Select);
    }

    private void If(WasmType type, int depth)
    {
        Write(WasmType.I32, depth - 1);
        code.Open(Opcode.If, new FunctionType([], [type]));
        labels.Add([type]);
        Write(type, depth - 1);
        code.Op(Opcode.Else);
        Write(type, depth - 1);
        labels.RemoveAt(labels.Count - 1);
        code.Op(Opcode.End);
    }

    /// <summary>A block that may be left early with its value.</summary>
    private void Block(WasmType type, int depth)
    {
        code.Open(Opcode.Block, new FunctionType([], [type]));
        labels.Add([type]);
        if (dice.Chance(30)) Write(WasmType.F32, 1);
        var surplus = dice.Chance(30);
        if (surplus) Write(WasmType.F64, 1);
        Write(type, depth - 1);
        Write(WasmType.I32, depth - 1);
        code.Op(Opcode.BrIf, 0);
        code.Op(Opcode.Br, 0);
        labels.RemoveAt(labels.Count - 1);
        code.Op(Opcode.End);
    }

    private void Tee(WasmType type, int depth)
    {
        Write(type, depth - 1);
        var own = Enumerable.Range(0, locals.Count).Where(i => locals[i] == type).ToList();
        if (own.Count > 0) code.Op(Opcode.LocalTee, (uint)dice.Pick(own));
    }

    private void Size(int depth)
    {
        if (dice.Chance(50))
        {
            code.Op(Opcode.MemorySize);
            target.Byte(0);
            return;
        }

        Write(WasmType.I32, depth - 1);
        if (dice.Chance(80))
        {
            target.Bytes([(byte)Opcode.I32Const, 1]);
            code.Op(Opcode.I32And);
        }

        code.Op(Opcode.MemoryGrow);
        target.Byte(0);
    }
}
