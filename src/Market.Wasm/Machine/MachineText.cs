using System.Globalization;
using Market.Wasm.Format;

namespace Market.Wasm.Machine;

/// <summary>Instructions in words, by the names of <c>docs/machine.md</c> and of WebAssembly.</summary>
public static class MachineText
{
    private static readonly Dictionary<MachineOp, string> Own = new()
    {
        [MachineOp.Trap] = "trap", [MachineOp.BranchIfZero] = "brz", [MachineOp.BranchIfNotZero] = "brnz", [MachineOp.BranchTable] = "brtab",
        [MachineOp.Return] = "ret", [MachineOp.CallIndirect] = "calli", [MachineOp.TableEntry] = "tent", [MachineOp.Slide] = "slide",
        [MachineOp.Copy] = "copy", [MachineOp.Zero] = "zero", [MachineOp.PushRecord] = "pushrec", [MachineOp.ReturnMany] = "retm",
        [MachineOp.Meter] = "meter", [MachineOp.Guard] = "guard", [MachineOp.Unguard] = "unguard", [MachineOp.FuelGet] = "fuel",
        [MachineOp.FuelSet] = "setfuel", [MachineOp.InputLength] = "inlen", [MachineOp.InputCopy] = "incopy", [MachineOp.OutputCopy] = "outcopy",
        [MachineOp.Exit] = "exit", [MachineOp.Halt] = "halt",
    };

    /// <summary>The name of an instruction, such as <c>i32.add</c>; <c>invalid</c> for a number that is none.</summary>
    public static string Name(MachineOp op) => Own.TryGetValue(op, out var name) ? name : OpcodeTable.Find((int)op)?.Name ?? "invalid";

    /// <summary>An instruction with its operands, such as <c>local.get 3</c>.</summary>
    public static string Describe(MachineInstruction at)
    {
        var name = Name(at.Op);
        return at.Op switch
        {
            MachineOp.I32Const => Line($"{name} {(int)at.Imm}"),
            MachineOp.I64Const => Line($"{name} {(long)at.Imm}"),
            MachineOp.F32Const => Line($"{name} {BitConverter.UInt32BitsToSingle((uint)at.Imm):R}"),
            MachineOp.F64Const => Line($"{name} {BitConverter.UInt64BitsToDouble(at.Imm):R}"),
            >= MachineOp.I32Load and <= MachineOp.I64Store32 => at.B == 0 ? name : Line($"{name} offset={at.B}"),
            MachineOp.Meter => Line($"{name} {at.Imm}{(at.A == 0 ? "" : " tested")}"),
            MachineOp.Call or MachineOp.TableEntry => Line($"{name} {at.B} ({at.A} parameters)"),
            MachineOp.CallIndirect => Line($"{name} type {(uint)at.Imm} of {at.Imm >> 32} entries"),
            MachineOp.Return or MachineOp.Halt => Line($"{name} {at.A} {at.B}"),
            MachineOp.PushRecord => Line($"{name} {at.A}"),
            MachineOp.Copy => Line($"{name} {at.B} {(uint)at.Imm}"),
            MachineOp.Branch or MachineOp.BranchIfZero or MachineOp.BranchIfNotZero or MachineOp.BranchTable or MachineOp.ReturnMany or MachineOp.Drop
                or MachineOp.LocalGet or MachineOp.LocalSet or MachineOp.LocalTee or MachineOp.GlobalGet or MachineOp.GlobalSet
                or MachineOp.Slide or MachineOp.Zero or MachineOp.Guard or MachineOp.Unguard => Line($"{name} {at.B}"),
            _ => name,
        };
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
