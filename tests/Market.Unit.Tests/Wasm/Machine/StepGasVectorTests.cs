using System.Text;
using Market.Hashing;
using Market.Unit.Tests.Domain;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Unit.Tests.Wasm.Machine;

/// <summary>
/// One step of each class of instruction in a machine of the size that real jobs have: 2^18 instructions (code depth 15),
/// 64 MiB of memory (depth 19), 1 MiB each of input and output limit (depth 13), every opened leaf full of random bytes, so
/// that a proof has the length and the non-zero bytes that a dispute pays for. The contracts measure gas on these steps.
/// </summary>
public sealed class StepGasVectorTests
{
    private const string File = "machine/step-gas.json";
    private const uint Sp = 168;
    private const uint Fp = 162;

    private static readonly ulong Pi = BitConverter.DoubleToUInt64Bits(Math.PI);
    private static readonly ulong E = BitConverter.DoubleToUInt64Bits(Math.E);

    private static readonly Row[] Rows =
    [
        new("const", MachineOp.I64Const),
        new("local", MachineOp.LocalGet, B: 2),
        new("local", MachineOp.LocalSet, B: 1),
        new("branch", MachineOp.BranchIfNotZero, B: 17, Top: 1),
        new("call", MachineOp.Call, A: 2, B: 17),
        new("call", MachineOp.Return, A: 2, B: 1),
        new("meter", MachineOp.Meter, A: 1, Imm: 12),
        new("alu", MachineOp.I32Add, Top: 7, Second: 8),
        new("alu", MachineOp.I64Mul, Top: ulong.MaxValue, Second: 12_345),
        new("alu", MachineOp.I64DivS, Top: 7, Second: 1UL << 63),
        new("alu", MachineOp.I64Popcnt, Top: Pi),
        new("float", MachineOp.F64Add, Top: Pi, Second: E),
        new("float", MachineOp.F64Mul, Top: Pi, Second: E),
        new("float", MachineOp.F64Div, Top: Pi, Second: E),
        new("float", MachineOp.F64Sqrt, Top: Pi),
        new("float", MachineOp.F64Nearest, Top: Pi),
        new("float", MachineOp.F32Add, Top: 0x40490fdb, Second: 0x402df854),
        new("float", MachineOp.I64TruncF64S, Top: Pi),
        new("float", MachineOp.F32ConvertI64U, Top: ulong.MaxValue - 5),
        new("load", MachineOp.I64Load, Top: 200),
        new("load_straddling", MachineOp.I64Load, Top: 252),
        new("store", MachineOp.I64Store, Top: Pi, Second: 200),
        new("store_straddling", MachineOp.I64Store, Top: Pi, Second: 252),
        new("bulk", MachineOp.MemoryFill, Top: 500, Second: 1, Third: 128),
        new("bulk", MachineOp.MemoryCopy, Top: 500, Second: 300, Third: 128),
        new("input_output", MachineOp.InputCopy, Top: 500, Second: 256, Third: 128),
        new("input_output", MachineOp.OutputCopy, Top: 128, Second: 128),
        new("halt", MachineOp.Halt, A: 1),
    ];

    [Fact]
    public void StepsOfEveryClass_AreAsRecorded()
    {
        var text = new StringBuilder("{\"steps\": [\n");
        foreach (var (index, row) in Rows.Index())
        {
            var state = StateFor(row);
            var before = state.Hash;
            var proof = state.Prove();
            Assert.Equal(state.Hash, StepProof.Verify(before, proof));
            Assert.NotEqual(1u, state.Registers.Pc);
            text.Append("{\"class\": \"").Append(row.Class).Append("\", \"name\": \"").Append(row.Op).Append("\", \"state\": \"").Append(before)
                .Append("\", \"next\": \"").Append(state.Hash).Append("\",\n \"proof\": \"").Append(Hex.Encode(proof))
                .Append(index + 1 < Rows.Length ? "\"},\n" : "\"}\n");
        }

        text.Append("]}\n");
        VectorFile.UpdateIfAsked(File, text.ToString());
        Assert.Equal(VectorFile.Text(File), text.ToString());
    }

    private static SpecState StateFor(Row row)
    {
        var random = new Random(31);
        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        var parameters = new MachineParameters(15, 1_024, 1 << 20, 128, 1 << 20, 1_000_000_000);
        var registers = new MachineRegisters(21, Sp, Fp, 1_024, 640, 1_000, 900_000_000);
        var code = Bytes(64 * MachineInstruction.Size);
        new MachineInstruction(row.Op, row.A, row.B, row.Imm).Encode(code.AsSpan((int)registers.Pc * MachineInstruction.Size));
        var stack = Bytes(32 * ByteTree.LeafSize);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(stack.AsSpan((int)(Sp - 1) * 8), row.Top);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(stack.AsSpan((int)(Sp - 2) * 8), row.Second);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(stack.AsSpan((int)(Sp - 3) * 8), row.Third);
        return new SpecState(parameters, registers, code, stack, Bytes(1 << 20), Bytes(128), Bytes(1 << 20), Bytes(640));
    }

    private sealed record Row(string Class, MachineOp Op, ushort A = 0, uint B = 0, ulong Imm = 0, ulong Top = 0, ulong Second = 0, ulong Third = 0);
}
