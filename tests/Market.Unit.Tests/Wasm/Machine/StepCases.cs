using System.Buffers.Binary;
using Market.Hashing;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>One step: the state before by its hash, the proof, the hash after.</summary>
public sealed record StepCase(string Name, Hash256 Before, byte[] Proof, Hash256 After);

/// <summary>
/// Random states about to execute a given instruction, with operands at the edges of their types, slots at the borders of
/// leaves, addresses across them and beyond memory. The same seed gives the same cases. Uses only public types, so that other test
/// projects can compile it in.
/// </summary>
public sealed class StepCases(ulong seed)
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 0x7f, 0x80, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe,
        1UL << 32, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1,
        // f32 in the low half: one, minus one, least, greatest denormal, least normal, greatest, infinities, NaNs, 2^31, 2^32, 2^63, 2^64, halves.
        0x3f800000, 0xbf800000, 0x00000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
        0x4f000000, 0xcf000000, 0x4f800000, 0x5f000000, 0x5f800000, 0x3f000000, 0xbf000000, 0x40200000, 0x3f7fffff, 0xcf000001, 0x4effffff,
        // f64 likewise.
        0x3ff0000000000000, 0xbff0000000000000, 0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x7ff0000000000000,
        0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000001, 0x7ff0000000000001, 0x41e0000000000000, 0xc1e0000000000000,
        0xc1e0000000200000, 0x41f0000000000000, 0x43e0000000000000, 0x43f0000000000000, 0x3fe0000000000000, 0xbfe0000000000000,
        0x4004000000000000, 0x3fefffffffffffff, 0x47efffffe0000000, 0x47effffff0000000, 0x36a0000000000000, 0x3690000000000000,
    ];

    /// <summary>Every instruction, and numbers that are none.</summary>
    public static IReadOnlyList<MachineOp> Ops { get; } =
        [.. Enum.GetValues<MachineOp>(), (MachineOp)0x01, (MachineOp)0x0b, (MachineOp)0x1c, (MachineOp)0xc5, (MachineOp)0x108, (MachineOp)0x211, (MachineOp)0xffff];

    private readonly Random _dice = new((int)(seed * 2654435761 % int.MaxValue));

    /// <summary>Cases for every instruction in turn.</summary>
    public IEnumerable<StepCase> Take(int count)
    {
        for (var i = 0; i < count; i++) yield return Next(Ops[i % Ops.Count]);
    }

    /// <summary>One case for an instruction.</summary>
    public StepCase Next(MachineOp op)
    {
        var state = State(op);
        var before = state.Hash;
        var proof = state.Prove();
        return new StepCase(op.ToString(), before, proof, state.Hash);
    }

    /// <summary>A state about to execute the instruction.</summary>
    public SpecState State(MachineOp op)
    {
        var pages = (uint)_dice.Next(3);
        var maximum = (uint)Pick(pages, pages, pages + 1, pages + 3);
        var frame = Bytes(Pick(128, 128, 256, 100, 0));
        var stdin = Bytes(Pick(0, 1, 127, 128, 129, 300, 1000));
        var outputLimit = (uint)Pick(0, 1, 128, 200, 5_000, 70_000);
        var outputLength = (uint)Math.Min(outputLimit, Pick(0, 1, 60, 127, 128, 129, 190, 4_999));
        var instructions = 1 << _dice.Next(6);
        var pc = (uint)_dice.Next(instructions);
        var parameters = new MachineParameters(ByteTree.Depth(instructions * 16), maximum, outputLimit, (uint)frame.Length, (uint)stdin.Length, 1_000_000);
        var sp = Rare() ? (uint)Pick(0, 1, 2, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, int.MaxValue) : (uint)Pick(4, 14, 15, 16, 17, 18, 31, 32, 33, 34, 48, 5 + _dice.Next(90));
        var fp = Rare() ? (uint)Pick(0, (1 << 18) - 1, 1 << 18, -1) : (uint)Math.Max(0, (int)Math.Min(sp, 1 << 18) - Pick(0, 1, 2, 5, 12, 20));
        var stack = Stack(op, (int)Math.Min(sp, 128), pages, frame.Length + stdin.Length);
        var code = Bytes(instructions * 16);
        var at = Instruction(op, sp, fp);
        at.Encode(code.AsSpan((int)pc * 16));
        if (Rare() && Rare()) pc = (uint)Pick(instructions * 16, 1 << 20, -1);
        var fuel = Pick(0, 1, 99, 100, 101, -5, 1_000_000);
        var room = Pick(0, 1, 9, 10, 11, 131_072, -3);
        var registers = new MachineRegisters(pc, sp, fp, pages, outputLength, room, fuel);
        var memory = Bytes((int)Math.Min(pages << 16, (uint)Pick(0, 128, 500, 4_096)));
        if (pages > 0) Array.Resize(ref memory, (int)pages << 16);
        return new SpecState(parameters, registers, code, stack, memory, frame, stdin, Bytes((int)outputLength));
    }

    private MachineInstruction Instruction(MachineOp op, uint sp, uint fp) => op switch
    {
        MachineOp.Meter => new(op, (ushort)_dice.Next(2), 0, (ulong)Pick(0, 1, 99, 100, 101)),
        MachineOp.Guard or MachineOp.Unguard => new(op, 0, (uint)Pick(0, 1, 9, 10, 11, 8_192)),
        MachineOp.Halt => new(op, (ushort)Pick(0, 1, 1, 2, 2, 3), (uint)Pick(0, 1, -1)),
        MachineOp.CallIndirect => new(op, 0, (uint)Pick(0, 5, 100), ((ulong)Pick(1, 2, 33, 64, int.MaxValue) << 32) | (uint)Pick(0, 1, 2)),
        MachineOp.TableEntry => new(op, (ushort)Pick(0, 1, 2, 20), (uint)Pick(2, 9, 64), (ulong)Pick(0, 1, 2)),
        MachineOp.Copy => new(op, 0, (uint)Pick(0, 1, 2, 3, 17), (ulong)Pick(0, 1, 2, 5, 18)),
        MachineOp.Return or MachineOp.ReturnMany => new(op, (ushort)Pick(0, 0, 1, 2, 3, 17), (uint)Pick(0, 1, 1, 2, 3)),
        MachineOp.Zero => new(op, 0, (uint)Pick(0, 1, 2, 7, 15, 16, 17)),
        MachineOp.Call or MachineOp.PushRecord => new(op, (ushort)Pick(0, 1, 2, 17), (uint)Pick(2, 9, 64)),
        MachineOp.LocalGet or MachineOp.LocalSet or MachineOp.LocalTee =>
            new(op, 0, Rare() ? (uint)Pick(1 << 18, -1) : (uint)Pick(0, 1, 2, 15, 16, 17, (int)(sp - fp) - 1)),
        MachineOp.GlobalGet or MachineOp.GlobalSet => new(op, 0, (uint)Pick(0, 1, 15, 16, 17, (1 << 18) - 1, 1 << 18)),
        MachineOp.Slide or MachineOp.Drop => new(op, 0, (uint)Pick(0, 1, 2, 15, 16, 17)),
        >= MachineOp.I32Load and <= MachineOp.I64Store32 => new(op, 0, (uint)Pick(0, 0, 1, 7, 121, 125, 127, 128, 65_535, -1)),
        >= MachineOp.I32Const and <= MachineOp.F64Const => new(op, 0, 0, Edge()),
        _ => new(op, (ushort)_dice.Next(3), (uint)Pick(0, 1, 2, 3, 17, 64), (ulong)_dice.NextInt64()),
    };

    private byte[] Stack(MachineOp op, int slots, uint pages, int inputLength)
    {
        var bytes = new byte[slots * 8];
        for (var i = 0; i < slots; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), Rare() ? (ulong)_dice.NextInt64() : Edge());
        var size = (int)pages << 16;
        switch (op)
        {
            case >= MachineOp.I32Load and <= MachineOp.I64Load32U: Top(1, (ulong)Address(size)); break;
            case >= MachineOp.I32Store and <= MachineOp.I64Store32: Top(2, (ulong)Address(size)); break;
            case MachineOp.MemoryGrow: Top(1, (ulong)Pick(0, 1, 2, 3, 65_536, -1)); break;
            case MachineOp.MemoryCopy or MachineOp.MemoryFill or MachineOp.InputCopy or MachineOp.OutputCopy:
                Top(3, (ulong)Address(size));
                Top(2, op == MachineOp.InputCopy ? (ulong)Math.Max(0, Pick(0, 1, 99, 100, 127, 128, 129, inputLength, inputLength - 1, inputLength - 200)) : (ulong)Address(size));
                Top(1, ((ulong)(Rare() ? Pick(1, 64, 128, 200) : 0) << 32) | (uint)Pick(0, 0, 1, 3, 64, 127, 128, 129, 300, 65_536));
                break;
            case MachineOp.BranchTable or MachineOp.CallIndirect: Top(1, (ulong)Pick(0, 1, 2, 3, 63, 64, 65, -1)); break;
            case MachineOp.TableEntry: Top(1, ((ulong)Pick(0, 3, 77) << 32) | (uint)Pick(0, 1, 2)); break;
            default: break;
        }

        return bytes;

        void Top(int distance, ulong value)
        {
            if (slots >= distance) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan((slots - distance) * 8), value);
        }
    }

    private uint Address(int size) => (uint)(Rare() ? Pick(-1, -4, size, size + 1, int.MaxValue) : Math.Max(0, Pick(0, 1, 64, 120, 121, 125, 127, 128, 250, 255, 256, 1_000, size - 1, size - 4, size - 8, size - 300)));

    private ulong Edge() => Edges[_dice.Next(Edges.Length)];

    private bool Rare() => _dice.Next(8) == 0;

    private int Pick(params ReadOnlySpan<int> values) => values[_dice.Next(values.Length)];

    private long Pick(uint a, uint b, uint c, uint d) => _dice.Next(4) switch { 0 => a, 1 => b, 2 => c, _ => d };

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _dice.NextBytes(bytes);
        return bytes;
    }
}
