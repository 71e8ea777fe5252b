namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// Branches and calls. A frame is arguments | return record | locals | operands, fp its first slot; a return record is
/// return pc 4 ‖ caller's fp 4.
/// </summary>
public sealed partial class StepSpec
{
    private bool BranchIf(bool zero, uint target)
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        var taken = (uint)Slot(_regs.Sp - 1L) == 0 == zero;
        Next(-1);
        return !taken || Jump(target);
    }

    private bool BranchTable(uint count)
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        var index = (uint)Slot(_regs.Sp - 1L);
        Next(-1);
        return Jump(_regs.Pc + Math.Min(index, count));
    }

    private bool Call(uint parameters, uint entry)
    {
        if (!InStack(_regs.Sp, 1) || _regs.Sp < parameters) return false;
        SetSlot(_regs.Sp, Record(_regs.Pc + 1, _regs.Fp));
        _regs.Fp = _regs.Sp - parameters;
        _regs.Sp++;
        return Jump(entry);
    }

    private bool CallIndirect(in MachineInstruction at)
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        var index = (uint)Slot(_regs.Sp - 1L);
        if (index >= at.Imm >> 32) return false;
        // The entry finds there where to return to and the type that the caller expects.
        SetSlot(_regs.Sp - 1L, Record(_regs.Pc + 1, (uint)at.Imm));
        return Jump(at.B + index);
    }

    private bool TableEntry(in MachineInstruction at)
    {
        if (!InStack(_regs.Sp - 1L, 1) || _regs.Sp - 1L < at.A) return false;
        var expected = Slot(_regs.Sp - 1L);
        if ((uint)expected != (uint)at.Imm) return false;
        SetSlot(_regs.Sp - 1L, Record((uint)(expected >> 32), _regs.Fp));
        _regs.Fp = _regs.Sp - 1 - at.A;
        return Jump(at.B);
    }

    private bool Return(uint parameters, uint results)
    {
        var record = _regs.Fp + (long)parameters;
        if (results > 1 || !InStack(record, 1) || !InStack(_regs.Fp, 1) || (results == 1 && !InStack(_regs.Sp - 1L, 1))) return false;
        var value = results == 1 ? Slot(_regs.Sp - 1L) : 0;
        var back = Slot(record);
        if (results == 1) SetSlot(_regs.Fp, value);
        return Leave(back, results);
    }

    private bool ReturnMany(uint results)
    {
        if (!InStack(_regs.Sp - 1L, 1) || !InStack(_regs.Fp, results)) return false;
        return Leave(Slot(_regs.Sp - 1L), results);
    }

    private bool Leave(ulong record, uint results)
    {
        _regs.Sp = _regs.Fp + results;
        _regs.Fp = (uint)record;
        return Jump((uint)(record >> 32));
    }

    private static ulong Record(uint pc, uint fp) => ((ulong)pc << 32) | fp;
}
