using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm.Canonical;

/// <summary>Writes validated instructions in the binary format, block and call types into a new type section.</summary>
internal sealed class CodeWriter(WasmWriter target, TypeTable types)
{
    public void Op(Opcode op)
    {
        if ((int)op >= 0x100)
        {
            target.Byte(0xfc);
            target.U32((uint)op - 0x100);
        }
        else
        {
            target.Byte((byte)op);
        }
    }

    public void Op(Opcode op, uint index)
    {
        Op(op);
        target.U32(index);
    }

    /// <summary>Opens a block, loop or if.</summary>
    public void Open(Opcode op, FunctionType type)
    {
        Op(op);
        if (type.Parameters.Length > 0 || type.Results.Length > 1) target.Signed(types.Index(type));
        else target.Byte(type.Results.Length == 0 ? (byte)0x40 : (byte)type.Results[0]);
    }

    /// <summary>Writes an instruction of <paramref name="body"/> with its indices as they are.</summary>
    public void Write(in Instruction at, ValidatedBody body)
    {
        var immediate = OpcodeTable.Get(at.Op).Immediate;
        if (immediate == Immediate.BlockType)
        {
            Open(at.Op, at.Type!);
            return;
        }

        Op(at.Op);
        switch (immediate)
        {
            case Immediate.Label or Immediate.Local or Immediate.Global or Immediate.Function: target.U32(at.A); break;
            case Immediate.LabelTable:
                target.U32((uint)at.Imm - 1);
                for (var i = 0; i < (int)at.Imm; i++) target.U32(body.Targets[(int)at.A + i].Depth);
                break;
            case Immediate.TypeAndTable:
                target.U32(types.Index(at.Type!));
                target.U32(0);
                break;
            case Immediate.Memory:
                target.U32(at.A);
                target.U32((uint)at.Imm);
                break;
            case Immediate.Zero: target.Byte(0); break;
            case Immediate.TwoZeros: target.Bytes([0, 0]); break;
            case Immediate.I32: target.Signed((int)at.Imm); break;
            case Immediate.I64: target.Signed((long)at.Imm); break;
            case Immediate.F32: target.Fixed32((uint)at.Imm); break;
            case Immediate.F64: target.Fixed64(at.Imm); break;
            default: break;
        }
    }

    /// <summary>Writes the declarations of locals, equal neighbours in one group.</summary>
    public void Locals(IEnumerable<WasmType> locals)
    {
        var groups = new List<(uint Count, WasmType Type)>();
        foreach (var type in locals)
        {
            if (groups.Count > 0 && groups[^1].Type == type) groups[^1] = (groups[^1].Count + 1, type);
            else groups.Add((1, type));
        }

        target.Vector(groups, g =>
        {
            target.U32(g.Count);
            target.Byte((byte)g.Type);
        });
    }
}
