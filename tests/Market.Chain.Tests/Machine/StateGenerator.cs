using System.Buffers.Binary;
using Market.Unit.Tests.Wasm.Machine;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Arithmetic;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>
/// Random states about to execute a given instruction, crowded around what goes wrong: borders of leaves and of the stack,
/// addresses at the end of memory, special floats, lengths that end with a leaf, limits that are just met or just missed.
/// </summary>
internal sealed class StateGenerator(Random random)
{
    private const int Leaf = 128;
    private const int Page = 65_536;
    private const int StackBytes = 40 * Leaf;

    private static readonly ulong[] Specials = [.. FloatCases.Specials('f'), .. FloatCases.Specials('d'), .. FloatCases.Specials('i')];

    public SpecState Next(MachineOp op)
    {
        // Hashing whole pages takes most of the time, so only instructions that look at memory get more than one.
        var looks = op is (>= MachineOp.I32Load and <= MachineOp.MemoryGrow) or MachineOp.MemoryCopy or MachineOp.MemoryFill or MachineOp.InputCopy or MachineOp.OutputCopy;
        var pages = looks ? Pick<uint>(0, 1, 1, 1, 1, 1, 2, 3) : Pick<uint>(0, 1, 5, 1000);
        var frame = Bytes(Pick<int>(1, 60, 127, 128, 129, 400));
        var stdin = Bytes(Pick<int>(0, 1, 127, 128, 300, 1000));
        var outputLimit = Pick<uint>(0u, 1, 127, 128, 129, 300, 700, 5000);
        var codeDepth = random.Next(1, 8);
        var parameters = new MachineParameters(codeDepth, pages, outputLimit, (uint)frame.Length, (uint)stdin.Length, (ulong)random.NextInt64());

        var outputLength = (uint)random.NextInt64(outputLimit + 1L);
        var registers = new MachineRegisters(
            (uint)random.Next(8 << codeDepth), Position(), Position(), random.Next(8) == 0 ? pages / 2 : pages, outputLength,
            Pick<int>(0, 1, 5, 1000, int.MaxValue, -1), Pick<long>(0L, 1, 100, 1_000_000, long.MaxValue, -1, long.MinValue));
        if (random.Next(40) == 0) registers.Pc = Pick<uint>((8u << codeDepth) - 1, 8u << codeDepth, uint.MaxValue);
        if (random.Next(40) == 0) registers.Pages = pages + 3;

        var code = Bytes(8 * 16 << Math.Min(codeDepth, 3));
        registers.Pc = registers.Pc < 8u << codeDepth ? registers.Pc % (uint)(code.Length / 16) : registers.Pc;
        if (registers.Pc < 8u << codeDepth) Instruction(op, registers).Encode(code.AsSpan((int)registers.Pc * 16));

        var stack = Bytes(StackBytes);
        Operands(op, registers, parameters, stack);
        var memory = new byte[looks ? (int)pages * Page : 0];
        if (memory.Length > 0)
        {
            random.NextBytes(memory.AsSpan(0, 3 * Leaf));
            random.NextBytes(memory.AsSpan(memory.Length - (2 * Leaf)));
        }

        return new SpecState(parameters, registers, code, stack, memory, frame, stdin, Bytes((int)outputLength));
    }

    /// <summary>A slot: mostly near a leaf's border in the part of the stack that is not empty, at times at either end or off it.</summary>
    private uint Position() => random.Next(24) switch
    {
        0 => (uint)random.Next(0, 4),
        1 => MachineParameters.StackSlots + (uint)random.Next(-3, 3),
        2 => Pick<uint>(uint.MaxValue, uint.MaxValue - 1, 1u << 31),
        <= 15 => (uint)((16 * random.Next(2, 39)) + random.Next(-3, 4)),
        _ => (uint)random.Next(32, 600),
    };

    private MachineInstruction Instruction(MachineOp op, MachineRegisters at)
    {
        var (a, b, imm) = ((ushort)random.Next(0, 5), (uint)random.Next(0, 40), (ulong)random.NextInt64());
        switch (op)
        {
            case MachineOp.Return or MachineOp.ReturnMany:
                b = Pick<uint>(0u, 1, 1, 2, 20);
                break;
            case MachineOp.Halt:
                a = (ushort)random.Next(4);
                b = (uint)random.NextInt64();
                break;
            case MachineOp.CallIndirect:
                imm = ((ulong)random.Next(0, 50) << 32) + (uint)random.Next(3);
                break;
            case MachineOp.TableEntry:
                imm = ((ulong)(uint)random.Next() << 32) | (uint)random.Next(3);
                break;
            case MachineOp.Copy:
                imm = (uint)random.Next(0, 40) | (random.Next(2) == 0 ? 0 : 7UL << 32);
                break;
            case MachineOp.Zero:
                b = (uint)random.Next(0, 19);
                break;
            case MachineOp.Meter:
                (a, imm) = ((ushort)random.Next(2), Pick<ulong>(0UL, 1, 100, 1_000_000, ulong.MaxValue, 1UL << 63));
                break;
            case MachineOp.Guard or MachineOp.Unguard:
                b = Pick<uint>(0u, 1, 5, 1000, uint.MaxValue, 1u << 31);
                break;
            case >= MachineOp.I32Load and <= MachineOp.I64Store32:
                b = Pick<uint>(0u, 0, 1, 127, 128, 60_000, uint.MaxValue);
                break;
        }

        // Anything in the fields, too: whatever their range, a step has one outcome.
        if (random.Next(16) == 0) (a, b, imm) = ((ushort)random.Next(), (uint)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
        if (random.Next(16) == 0) b = at.Sp;
        return new MachineInstruction(op, a, b, imm);
    }

    /// <summary>Puts at the stack's top what makes the instruction do something.</summary>
    private void Operands(MachineOp op, MachineRegisters at, MachineParameters parameters, byte[] stack)
    {
        var size = (long)at.Pages * Page;
        switch (op)
        {
            case >= MachineOp.I32Load and <= MachineOp.I64Load32U:
                Put(stack, at.Sp - 1L, Address(size));
                break;
            case >= MachineOp.I32Store and <= MachineOp.I64Store32:
                Put(stack, at.Sp - 2L, Address(size));
                break;
            case MachineOp.MemoryGrow:
                Put(stack, at.Sp - 1L, Pick<uint>(0u, 0, 1, 2, 70_000, uint.MaxValue));
                break;
            case MachineOp.MemoryCopy or MachineOp.MemoryFill:
                Range(stack, at, size, size);
                break;
            case MachineOp.InputCopy:
                Range(stack, at, size, (long)parameters.InputLength);
                break;
            case MachineOp.OutputCopy:
                Range(stack, at, Math.Min(size, parameters.OutputLimit - at.OutputLength), size);
                break;
            case MachineOp.BranchIfZero or MachineOp.BranchIfNotZero or MachineOp.Select:
                Put(stack, at.Sp - 1L, Pick<ulong>(0UL, 0, 1, 1UL << 32, 1UL << 31, ulong.MaxValue));
                break;
            case MachineOp.BranchTable or MachineOp.CallIndirect:
                Put(stack, at.Sp - 1L, (uint)Pick<int>(0, 1, 5, 20, 39, 40, 41, -1));
                break;
            case MachineOp.TableEntry:
                Put(stack, at.Sp - 1L, ((ulong)(uint)random.Next(1000) << 32) | (uint)random.Next(3));
                break;
            case MachineOp.Return or MachineOp.ReturnMany:
                for (var slot = 0; slot < 5; slot++) Put(stack, at.Fp + slot, ((ulong)random.Next(1000) << 32) | (uint)random.Next(600));
                break;
            default:
                if (MachineArithmetic.Operands(op) == 0) break;
                Put(stack, at.Sp - 1L, Number(op));
                if (MachineArithmetic.Operands(op) == 2) Put(stack, at.Sp - 2L, Number(op));
                break;
        }
    }

    /// <summary>An operand of any numeric instruction, its high half not always clean.</summary>
    private ulong Number(MachineOp op)
    {
        if (!SoftFloat.Knows((ushort)op)) return random.Next(3) == 0 ? Specials[random.Next(Specials.Length)] : (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        var operand = FloatCases.OperandOf((ushort)op);
        var value = FloatCases.Draw(random, operand, FloatCases.Specials(operand));
        return operand == 'f' && random.Next(4) == 0 ? value | 0xabcd0000_00000000 : value;
    }

    private uint Address(long size) => random.Next(6) switch
    {
        0 => (uint)Math.Max(0, size + random.Next(-9, 3)),
        1 => (uint)random.NextInt64(),
        <= 4 => (uint)((Leaf * random.Next(1, 3)) + random.Next(-9, 3)),
        _ => (uint)random.Next(0, 3 * Leaf),
    };

    private void Range(byte[] stack, MachineRegisters at, long targetSize, long sourceSize)
    {
        var length = Pick<long>(0L, 1, 3, 8, 100, 128, 200, Math.Min(targetSize, sourceSize));
        var (to, from) = (Offset(targetSize, length), Offset(sourceSize, length));
        if (random.Next(4) == 0) from = to + random.Next(-130, 131);
        Put(stack, at.Sp - 3L, (uint)to | (random.Next(8) == 0 ? 5UL << 32 : 0));
        Put(stack, at.Sp - 2L, (uint)from);
        // Some of it may be done already.
        var done = random.Next(3) == 0 ? (ulong)random.NextInt64(length + 1) : 0;
        if (random.Next(20) == 0) done = uint.MaxValue;
        Put(stack, at.Sp - 1L, (done << 32) | (uint)(length - (long)Math.Min(done, (ulong)length)));
    }

    private long Offset(long size, long length) => random.Next(4) switch
    {
        0 => Math.Max(0, size - length + random.Next(-1, 2)),
        1 => random.Next(0, 4) * Leaf,
        _ => random.NextInt64(Math.Max(1, Math.Min(size - length, 3 * Leaf))),
    };

    private static void Put(byte[] stack, long slot, ulong value)
    {
        if (slot >= 0 && (slot + 1) * 8 <= stack.Length) BinaryPrimitives.WriteUInt64BigEndian(stack.AsSpan((int)slot * 8), value);
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
}
