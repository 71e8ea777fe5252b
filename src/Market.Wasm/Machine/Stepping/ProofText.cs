using System.Buffers.Binary;
using System.Globalization;
using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>What a step's proof shows of itself.</summary>
/// <param name="Pc">Index of the instruction.</param>
/// <param name="Fuel">Fuel left before it.</param>
/// <param name="Instruction">The instruction in words; null if there is none at that index.</param>
/// <param name="Operands">What it takes from the top of the stack, in the order of writing: <c>second, top</c>.</param>
public sealed record ProvenStep(uint Pc, long Fuel, string? Instruction, IReadOnlyList<string> Operands);

/// <summary>Reads proofs for people: no program and no run are needed, the proof carries both.</summary>
public static class ProofText
{
    private const int RegistersAt = 32;
    private const int ParametersAt = MachineHash.StateSize + 64;
    private const int ItemsAt = MachineHash.StateSize + MachineHash.RunSize;
    private const int SlotsPerLeaf = 16;

    /// <summary>The step that a proof is of; null for a halted state, which has none, and for bytes that are no proof.</summary>
    public static ProvenStep? Read(ReadOnlySpan<byte> proof)
    {
        if (proof.Length < ItemsAt || MachineParameters.Decode(proof.Slice(ParametersAt, MachineParameters.Size)) is not { } parameters) return null;
        var registers = MachineRegisters.Decode(proof.Slice(RegistersAt, MachineRegisters.Size));
        if (registers.Pc >= parameters.CodeCapacity || proof.Length < ItemsAt + ByteTree.LeafSize) return new ProvenStep(registers.Pc, registers.Fuel, null, []);
        var at = MachineInstruction.Decode(proof.Slice(ItemsAt + ((int)(registers.Pc % 8) * MachineInstruction.Size), MachineInstruction.Size));
        var stack = ItemsAt + ByteTree.LeafSize + (Hash256.Size * parameters.CodeDepth);
        return new ProvenStep(registers.Pc, registers.Fuel, MachineText.Describe(at), Operands(at, registers.Sp, proof, stack));
    }

    // Whatever pops opens the leaf of the top first; operands in a leaf below are left out.
    private static List<string> Operands(MachineInstruction at, uint sp, ReadOnlySpan<byte> proof, int leafAt)
    {
        var operands = new List<string>();
        if (sp == 0 || proof.Length < leafAt + ByteTree.LeafSize) return operands;
        for (var i = 1u; i <= Taken(at.Op) && i <= sp && (sp - i) / SlotsPerLeaf == (sp - 1) / SlotsPerLeaf; i++)
        {
            var slot = BinaryPrimitives.ReadUInt64BigEndian(proof[(leafAt + (8 * (int)((sp - i) % SlotsPerLeaf)))..]);
            operands.Insert(0, Word(at.Op, slot, isTop: i == 1));
        }

        return operands;
    }

    private static uint Taken(MachineOp op) => op switch
    {
        MachineOp.BranchIfZero or MachineOp.BranchIfNotZero or MachineOp.BranchTable or MachineOp.CallIndirect or MachineOp.LocalSet or MachineOp.LocalTee or MachineOp.GlobalSet
            or MachineOp.Exit or (>= MachineOp.I32Load and <= MachineOp.I64Load32U) => 1,
        >= MachineOp.I32Store and <= MachineOp.I64Store32 => 2,
        MachineOp.Select => 3,
        _ when Name(op) is { } name && IsNumeric(op) => IsUnary(name) ? 1u : 2u,
        _ => 0,
    };

    private static string Name(MachineOp op) => MachineText.Name(op);

    private static bool IsNumeric(MachineOp op) => op is (>= (MachineOp)0x45 and <= (MachineOp)0xc4) or (>= (MachineOp)0x100 and <= (MachineOp)0x107);

    private static bool IsUnary(string name)
    {
        var what = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return what is "eqz" or "clz" or "ctz" or "popcnt" or "abs" or "neg" or "ceil" or "floor" or "trunc" or "nearest" or "sqrt"
            || what.Contains('_', StringComparison.Ordinal) && (what.StartsWith("wrap", StringComparison.Ordinal) || what.StartsWith("trunc_", StringComparison.Ordinal)
            || what.StartsWith("convert", StringComparison.Ordinal) || what.StartsWith("demote", StringComparison.Ordinal) || what.StartsWith("promote", StringComparison.Ordinal)
            || what.StartsWith("reinterpret", StringComparison.Ordinal) || what.StartsWith("extend", StringComparison.Ordinal));
    }

    private static string Word(MachineOp op, ulong slot, bool isTop)
    {
        var name = Name(op);
        // A store's and a load's address is an i32, whatever it moves.
        var isAddress = op is (>= MachineOp.I32Load and <= MachineOp.I64Load32U) || (op is >= MachineOp.I32Store and <= MachineOp.I64Store32 && !isTop);
        var type = isAddress ? "i32" : name.Contains("_i32", StringComparison.Ordinal) ? "i32" : name.Contains("_i64", StringComparison.Ordinal) ? "i64"
            : name.Contains("_f32", StringComparison.Ordinal) ? "f32" : name.Contains("_f64", StringComparison.Ordinal) ? "f64" : name.Split('.')[0];
        return type switch
        {
            "f32" => BitConverter.UInt32BitsToSingle((uint)slot).ToString("R", CultureInfo.InvariantCulture),
            "f64" => BitConverter.UInt64BitsToDouble(slot).ToString("R", CultureInfo.InvariantCulture),
            "i64" => ((long)slot).ToString(CultureInfo.InvariantCulture),
            _ => ((int)(uint)slot).ToString(CultureInfo.InvariantCulture),
        };
    }
}
