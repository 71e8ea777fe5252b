using System.Buffers.Binary;
using Market.Hashing;
using Market.Wasm.Machine.Arithmetic;

namespace Market.Wasm.Machine.Stepping;

/// <summary>
/// The meaning of one step, in one place: what a running state with these registers does over an <see cref="IStepAccess"/>.
/// Total: an instruction that cannot be carried out, or is none, sets pc to 1 and changes nothing else. Popping only moves
/// sp: what stood in a slot stays and counts.
/// </summary>
public sealed partial class StepSpec
{
    private const int LeafSize = ByteTree.LeafSize;
    private const uint TrapPc = 1;

    private readonly IStepAccess _access;
    private MachineRegisters _regs;
    private MachineHalt? _halt;

    private StepSpec(IStepAccess access, MachineRegisters registers)
    {
        _access = access;
        _regs = registers;
    }

    /// <summary>Does one step: changes <paramref name="registers"/> and what it reaches through <paramref name="access"/>.</summary>
    /// <returns>The end of the run, if the step is its last.</returns>
    public static MachineHalt? Step(IStepAccess access, ref MachineRegisters registers)
    {
        var step = new StepSpec(access, registers);
        if (!step.Fetch(out var instruction) || !step.Execute(instruction)) step._regs.Pc = TrapPc;
        registers = step._regs;
        return step._halt;
    }

    private bool Fetch(out MachineInstruction instruction)
    {
        instruction = default;
        if (_regs.Pc >= _access.Parameters.CodeCapacity) return false;
        instruction = MachineInstruction.Decode(_access.Open(MachineTree.Code, _regs.Pc >> 3)[((int)(_regs.Pc & 7) * MachineInstruction.Size)..]);
        return true;
    }

    /// <returns>False to trap, before anything but fuel, room or the index of an indirect call was changed.</returns>
    private bool Execute(in MachineInstruction at)
    {
        switch (at.Op)
        {
            case MachineOp.Branch: return Jump(at.B);
            case MachineOp.BranchIfZero: return BranchIf(zero: true, at.B);
            case MachineOp.BranchIfNotZero: return BranchIf(zero: false, at.B);
            case MachineOp.BranchTable: return BranchTable(at.B);
            case MachineOp.Call: return Call(at.A, at.B);
            case MachineOp.CallIndirect: return CallIndirect(at);
            case MachineOp.TableEntry: return TableEntry(at);
            case MachineOp.Return: return Return(at.A, at.B);
            case MachineOp.PushRecord: return Push(_regs.Fp + (long)at.A);
            case MachineOp.ReturnMany: return ReturnMany(at.B);
            case MachineOp.Drop: return _regs.Sp >= at.B && Next(-(long)at.B);
            case MachineOp.Select: return Select();
            case MachineOp.LocalGet: return Push(_regs.Fp + (long)at.B);
            case MachineOp.LocalSet: return Move(1, _regs.Fp + (long)at.B) && Next(-1);
            case MachineOp.LocalTee: return Move(1, _regs.Fp + (long)at.B) && Next();
            case MachineOp.GlobalGet: return Push(at.B);
            case MachineOp.GlobalSet: return Move(1, at.B) && Next(-1);
            case MachineOp.Slide: return Move(1, _regs.Sp - 1L - at.B) && Next(-(long)at.B);
            case MachineOp.Copy: return Move(at.B, _regs.Sp - (long)(uint)at.Imm) && Next();
            case MachineOp.Zero: return Zero(at.B);
            case >= MachineOp.I32Load and <= MachineOp.I64Load32U: return Load(at.Op, at.B);
            case >= MachineOp.I32Store and <= MachineOp.I64Store32: return Store(at.Op, at.B);
            case MachineOp.MemorySize: return PushValue(_regs.Pages);
            case MachineOp.MemoryGrow: return Grow();
            case >= MachineOp.I32Const and <= MachineOp.F64Const: return PushValue(at.Imm);
            case MachineOp.MemoryCopy: return MemoryCopy();
            case MachineOp.MemoryFill: return MemoryFill();
            case MachineOp.Meter: return Meter(at);
            case MachineOp.Guard:
                _regs.Room -= (int)at.B;
                return _regs.Room >= 0 && Next();
            case MachineOp.Unguard:
                _regs.Room += (int)at.B;
                return Next();
            case MachineOp.FuelGet: return PushValue((ulong)_regs.Fuel);
            case MachineOp.FuelSet: return FuelSet();
            case MachineOp.InputLength: return PushValue((uint)_access.Parameters.InputLength);
            case MachineOp.InputCopy: return InputCopy();
            case MachineOp.OutputCopy: return OutputCopy();
            case MachineOp.Exit: return Exit();
            case MachineOp.Halt: return at.A is MachineHalt.Exited or MachineHalt.Trapped && Halt((byte)at.A, at.B);
            default: return Numeric(at.Op);
        }
    }

    private bool Jump(uint pc)
    {
        _regs.Pc = pc;
        return true;
    }

    /// <summary>Goes on to the next instruction with sp moved.</summary>
    private bool Next(long slots = 0)
    {
        _regs.Sp = (uint)(_regs.Sp + slots);
        return Jump(_regs.Pc + 1);
    }

    private bool Numeric(MachineOp op)
    {
        var operands = MachineArithmetic.Operands(op);
        if (operands == 0 || !InStack(_regs.Sp - (long)operands, operands)) return false;
        var y = operands == 2 ? Slot(_regs.Sp - 1L) : 0;
        var x = Slot(_regs.Sp - (long)operands);
        if (!MachineArithmetic.TryCompute(op, x, y, out var z)) return false;
        SetSlot(_regs.Sp - (long)operands, z);
        return Next(1 - operands);
    }

    private bool Meter(in MachineInstruction at)
    {
        _regs.Fuel -= (long)at.Imm;
        return (at.A == 0 || _regs.Fuel >= 0) && Next();
    }

    private bool FuelSet()
    {
        if (!InStack(_regs.Sp - 1L, 1)) return false;
        _regs.Fuel = (long)Slot(_regs.Sp - 1L);
        return Next(-1);
    }

    private bool Exit() => InStack(_regs.Sp - 1L, 1) && Halt(MachineHalt.Exited, (uint)Slot(_regs.Sp - 1L));

    private bool Halt(byte status, uint exitCode)
    {
        var left = Math.Max(_regs.Fuel, 0);
        var output = new BlobName(_access.OutputRoot(_regs.OutputLength), _regs.OutputLength);
        _halt = new MachineHalt(status, exitCode, _access.Parameters.FuelLimit - (ulong)left, output);
        return true;
    }

    // ---- Slots ----

    /// <summary>Whether <paramref name="count"/> slots from <paramref name="first"/> on lie in the stack.</summary>
    private static bool InStack(long first, long count) => first >= 0 && first + count <= MachineParameters.StackSlots;

    private ulong Slot(long slot) =>
        BinaryPrimitives.ReadUInt64BigEndian(_access.Open(MachineTree.Stack, (uint)slot >> 4)[((int)(slot & 15) * 8)..]);

    private void SetSlot(long slot, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        _access.Write(MachineTree.Stack, (uint)slot >> 4, (int)(slot & 15) * 8, bytes);
    }

    private bool PushValue(ulong value)
    {
        if (!InStack(_regs.Sp, 1)) return false;
        SetSlot(_regs.Sp, value);
        return Next(1);
    }

    private bool Push(long from) => InStack(from, 1) && InStack(_regs.Sp, 1) && PushValue(Slot(from));

    /// <summary>Copies the slot <paramref name="distance"/> below sp to slot <paramref name="to"/>.</summary>
    private bool Move(uint distance, long to)
    {
        if (!InStack(_regs.Sp - (long)distance, 1) || !InStack(to, 1)) return false;
        SetSlot(to, Slot(_regs.Sp - (long)distance));
        return true;
    }

    private bool Select()
    {
        if (!InStack(_regs.Sp - 3L, 3)) return false;
        var condition = (uint)Slot(_regs.Sp - 1L);
        var second = Slot(_regs.Sp - 2L);
        var first = Slot(_regs.Sp - 3L);
        SetSlot(_regs.Sp - 3L, condition != 0 ? first : second);
        return Next(-2);
    }

    private bool Zero(uint count)
    {
        if (count > 16 || !InStack(_regs.Sp, count)) return false;
        for (var i = 0L; i < count; i++) SetSlot(_regs.Sp + i, 0);
        return Next(count);
    }
}
