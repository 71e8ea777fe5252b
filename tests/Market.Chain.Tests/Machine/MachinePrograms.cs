using Market.Wasm.Machine;
using Market.Wasm.Machine.Stepping;

namespace Market.Chain.Tests.Machine;

/// <summary>Short programs in the machine's own instructions, each with what it must end in.</summary>
internal static class MachinePrograms
{
    private const uint Room = 2_000;

    /// <summary>A program, its input and its end.</summary>
    internal sealed record Program(string Name, MachineInstruction[] Code, byte[] Frame, byte[] Stdin, byte Status, uint ExitCode, byte[] Output);

    public static IReadOnlyList<Program> All { get; } =
    [
        Sum(), Factorial(), SquareRoot(), Echo(), Dispatch(), SeveralResults(),
        Trapping("divides by zero", I(MachineOp.I32Const), I(MachineOp.I32Const), I(MachineOp.I32DivU)),
        Trapping("loads out of bounds", I(MachineOp.I32Const, imm: 65_533), I(MachineOp.I32Load)),
        Trapping("runs out of fuel", I(MachineOp.Meter, a: 1, imm: 1), I(MachineOp.Meter, a: 1, imm: 5_000)),
        Trapping("runs out of room", I(MachineOp.Guard, b: 1_999), I(MachineOp.Guard, b: 2)),
        Trapping("holds no instruction"),
    ];

    public static SpecState Start(Program program)
    {
        var code = new byte[program.Code.Length * MachineInstruction.Size];
        for (var i = 0; i < program.Code.Length; i++) program.Code[i].Encode(code.AsSpan(i * MachineInstruction.Size));
        var parameters = new MachineParameters(5, 1, 4_096, (uint)program.Frame.Length, (uint)program.Stdin.Length, 1_000);
        return new SpecState(parameters, new MachineRegisters(0, 14, 14, 1, 0, (int)Room, 1_000), code, [], [], program.Frame, program.Stdin, []);
    }

    private static MachineInstruction I(MachineOp op, ushort a = 0, uint b = 0, ulong imm = 0) => new(op, a, b, imm);

    private static Program Make(string name, byte status, uint exitCode, byte[] output, byte[] stdin, params MachineInstruction[] body) =>
        new(name, [I(MachineOp.Branch, b: 2), I(MachineOp.Halt, a: 2), .. body], new byte[128], stdin, status, exitCode, output);

    private static Program Trapping(string name, params MachineInstruction[] body) => Make(name, 2, 0, [], [], body);

    /// <summary>1 + 2 + … + 20 in a loop.</summary>
    private static Program Sum() => Make("sums in a loop", 1, 210, [], [],
        I(MachineOp.Zero, b: 2),
        I(MachineOp.Meter, a: 1, imm: 9),
        I(MachineOp.LocalGet, b: 1), I(MachineOp.I32Const, imm: 1), I(MachineOp.I32Add), I(MachineOp.LocalTee, b: 1),
        I(MachineOp.LocalGet, b: 0), I(MachineOp.I32Add), I(MachineOp.LocalSet, b: 0),
        I(MachineOp.LocalGet, b: 1), I(MachineOp.I32Const, imm: 20), I(MachineOp.I32LtU), I(MachineOp.BranchIfNotZero, b: 3),
        I(MachineOp.LocalGet, b: 0), I(MachineOp.Exit));

    /// <summary>10! by recursion, frames across a leaf's border.</summary>
    private static Program Factorial() => Make("recurses", 1, 3_628_800, [], [],
        I(MachineOp.I32Const, imm: 10), I(MachineOp.Call, a: 1, b: 5), I(MachineOp.Exit),
        I(MachineOp.Guard, b: 6), I(MachineOp.LocalGet, b: 0), I(MachineOp.BranchIfZero, b: 15),
        I(MachineOp.LocalGet, b: 0), I(MachineOp.LocalGet, b: 0), I(MachineOp.I32Const, imm: 1), I(MachineOp.I32Sub),
        I(MachineOp.Call, a: 1, b: 5), I(MachineOp.I32Mul), I(MachineOp.Branch, b: 16),
        I(MachineOp.I32Const, imm: 1), I(MachineOp.Unguard, b: 6), I(MachineOp.Return, a: 1, b: 1));

    /// <summary>Five steps of Newton's for the root of 2, printed as 8 bytes, beside what the instruction says.</summary>
    private static Program SquareRoot()
    {
        var root = 1.0;
        for (var i = 0; i < 5; i++) root = (root + (2.0 / root)) * 0.5;
        byte[] output = [.. BitConverter.GetBytes(root), .. BitConverter.GetBytes(Math.Sqrt(2))];
        return Make("computes with floats", 1, 5, output, [],
            I(MachineOp.F64Const, imm: BitConverter.DoubleToUInt64Bits(1)), I(MachineOp.Zero, b: 1),
            I(MachineOp.LocalGet, b: 0), I(MachineOp.F64Const, imm: BitConverter.DoubleToUInt64Bits(2)), I(MachineOp.LocalGet, b: 0), I(MachineOp.F64Div),
            I(MachineOp.F64Add), I(MachineOp.F64Const, imm: BitConverter.DoubleToUInt64Bits(0.5)), I(MachineOp.F64Mul), I(MachineOp.LocalSet, b: 0),
            I(MachineOp.LocalGet, b: 1), I(MachineOp.I32Const, imm: 1), I(MachineOp.I32Add), I(MachineOp.LocalTee, b: 1),
            I(MachineOp.I32Const, imm: 5), I(MachineOp.I32LtS), I(MachineOp.BranchIfNotZero, b: 4),
            I(MachineOp.I32Const, imm: 124), I(MachineOp.LocalGet, b: 0), I(MachineOp.F64Store),
            I(MachineOp.I32Const, imm: 100), I(MachineOp.F64Const, imm: BitConverter.DoubleToUInt64Bits(2)), I(MachineOp.F64Sqrt), I(MachineOp.F64Store, b: 32),
            I(MachineOp.I32Const, imm: 124), I(MachineOp.I32Const, imm: 16), I(MachineOp.OutputCopy),
            I(MachineOp.LocalGet, b: 1), I(MachineOp.Exit));
    }

    /// <summary>Reads frame and stdin, fills, copies onto itself both ways, writes all of it out.</summary>
    private static Program Echo()
    {
        var stdin = new byte[300];
        new Random(5).NextBytes(stdin);
        var memory = new byte[700];
        stdin.CopyTo(memory, 100 + 128);
        memory.AsSpan(120, 30).Fill(7);
        memory.AsSpan(110, 260).ToArray().CopyTo(memory, 140);
        memory.AsSpan(200, 300).ToArray().CopyTo(memory, 90);
        return Make("reads and writes", 1, 428, memory[50..650], stdin,
            I(MachineOp.I32Const, imm: 100), I(MachineOp.I32Const), I(MachineOp.InputLength), I(MachineOp.InputCopy),
            I(MachineOp.I32Const, imm: 120), I(MachineOp.I32Const, imm: 7), I(MachineOp.I32Const, imm: 30), I(MachineOp.MemoryFill),
            I(MachineOp.I32Const, imm: 140), I(MachineOp.I32Const, imm: 110), I(MachineOp.I32Const, imm: 260), I(MachineOp.MemoryCopy),
            I(MachineOp.I32Const, imm: 90), I(MachineOp.I32Const, imm: 200), I(MachineOp.I32Const, imm: 300), I(MachineOp.MemoryCopy),
            I(MachineOp.I32Const, imm: 50), I(MachineOp.I32Const, imm: 600), I(MachineOp.OutputCopy),
            I(MachineOp.InputLength), I(MachineOp.Exit));
    }

    /// <summary>A jump through a table of branches, then a call through the table of functions.</summary>
    private static Program Dispatch() => Make("calls through a table", 1, 49, [], [],
        I(MachineOp.I32Const, imm: 1), I(MachineOp.BranchTable, b: 2), I(MachineOp.Branch, b: 1), I(MachineOp.Branch, b: 7), I(MachineOp.Branch, b: 1),
        I(MachineOp.I32Const, imm: 7), I(MachineOp.I32Const, imm: 1), I(MachineOp.CallIndirect, b: 12, imm: (2UL << 32) | 9), I(MachineOp.Exit), I(MachineOp.Trap),
        I(MachineOp.Trap), I(MachineOp.TableEntry, a: 1, b: 14, imm: 9),
        I(MachineOp.LocalGet, b: 0), I(MachineOp.LocalGet, b: 0), I(MachineOp.I32Mul), I(MachineOp.Return, a: 1, b: 1));

    /// <summary>A function of two results, a select, a slide and a global.</summary>
    private static Program SeveralResults() => Make("returns several results", 1, 30, [], [],
        I(MachineOp.Call, a: 0, b: 9), I(MachineOp.I32Const), I(MachineOp.Select), I(MachineOp.GlobalSet, b: 3), I(MachineOp.I32Const, imm: 4),
        I(MachineOp.GlobalGet, b: 3), I(MachineOp.Exit),
        I(MachineOp.I32Const, imm: 10), I(MachineOp.I32Const, imm: 20), I(MachineOp.I32Const, imm: 30), I(MachineOp.Slide, b: 1),
        I(MachineOp.PushRecord, a: 0), I(MachineOp.Copy, b: 3, imm: 4), I(MachineOp.Copy, b: 2, imm: 3), I(MachineOp.ReturnMany, b: 2));
}
