using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Conformance.Tests.Hostile;

/// <summary>Small binaries that are dear to check, to compile or to run.</summary>
internal static class Bombs
{
    private static readonly FunctionType Unary = new([WasmType.I32], [WasmType.I32]);

    /// <summary>A program with one function body; <paramref name="write"/> writes instructions and the last end.</summary>
    public static byte[] Program(FunctionType type, IReadOnlyList<WasmType> locals, Action<CodeWriter, WasmWriter> write, int copies = 1)
    {
        var body = new WasmWriter();
        var types = new TypeTable();
        var code = new CodeWriter(body, types);
        types.Index(FunctionType.Empty);
        var index = types.Index(type);
        code.Locals(locals);
        write(code, body);

        var start = new WasmWriter();
        start.Byte(0);
        foreach (var parameter in type.Parameters)
        {
            start.Byte((byte)(parameter == WasmType.I32 ? Opcode.I32Const : Opcode.I64Const));
            start.Signed(1_000_000);
        }

        new CodeWriter(start, types).Op(Opcode.Call, 0);
        foreach (var _ in type.Results) start.Byte((byte)Opcode.Drop);
        start.Byte((byte)Opcode.End);

        var file = new WasmWriter();
        file.Bytes("\0asm\x01\0\0\0"u8);
        file.Section(1, w => w.FunctionTypes(types.Types));
        file.Section(3, w => w.Vector([.. Enumerable.Repeat(index, copies), 0u], w.U32));
        file.Section(5, w => w.Vector([new SizeLimits(1, null)], w.Limits));
        file.Section(7, w =>
        {
            w.U32(1);
            w.Name("_start");
            w.Byte(0);
            w.U32((uint)copies);
        });
        file.Section(10, w => w.Vector([.. Enumerable.Repeat(body, copies), start], w.Sized));
        return file.Written.ToArray();
    }

    /// <summary>One function with many ifs over many locals: what a register allocator dislikes most.</summary>
    public static byte[] Ifs(int ifs, int locals) => Program(Unary, [.. Enumerable.Repeat(WasmType.I32, locals)], (code, w) =>
    {
        for (var i = 0; i < ifs; i++)
        {
            code.Op(Opcode.LocalGet, 0);
            code.Open(Opcode.If, FunctionType.Empty);
            code.Op(Opcode.LocalGet, (uint)(1 + (i * 7 % locals)));
            code.Op(Opcode.LocalGet, (uint)(1 + (i * 13 % locals)));
            code.Op(Opcode.I32Add);
            code.Op(Opcode.LocalSet, (uint)(1 + (i * 29 % locals)));
            code.Op(Opcode.End);
        }

        code.Op(Opcode.LocalGet, 1);
        code.Op(Opcode.End);
    });

    /// <summary>Many functions that do nothing.</summary>
    public static byte[] Functions(int count) => Program(FunctionType.Empty, [], (code, _) => code.Op(Opcode.End), count);

    /// <summary>One function of nested blocks.</summary>
    public static byte[] Nested(int depth) => Program(FunctionType.Empty, [], (code, _) =>
    {
        for (var i = 0; i < depth; i++) code.Open(Opcode.Block, FunctionType.Empty);
        for (var i = 0; i <= depth; i++) code.Op(Opcode.End);
    });

    /// <summary>A br_table of many labels in nested blocks, so that each leads elsewhere.</summary>
    public static byte[] Table(int labels, int depth) => Program(Unary, [], (code, w) =>
    {
        for (var i = 0; i < depth; i++) code.Open(Opcode.Block, FunctionType.Empty);
        code.Op(Opcode.LocalGet, 0);
        code.Op(Opcode.BrTable, (uint)labels);
        for (var i = 0; i <= labels; i++) w.U32((uint)(i % depth));
        for (var i = 0; i < depth; i++) code.Op(Opcode.End);
        code.Op(Opcode.LocalGet, 0);
        code.Op(Opcode.End);
    });

    /// <summary>One straight function of many additions.</summary>
    public static byte[] Straight(int operations) => Program(Unary, [], (code, _) =>
    {
        code.Op(Opcode.LocalGet, 0);
        for (var i = 0; i < operations; i++)
        {
            code.Op(Opcode.LocalGet, 0);
            code.Op(i % 2 == 0 ? Opcode.I32Add : Opcode.I32Rotl);
        }

        code.Op(Opcode.End);
    });

    /// <summary>Calls itself without end, with so many slots of locals, and so many values that an optimiser keeps over the call.</summary>
    public static byte[] Recursion(int slots, int kept) => Program(Unary, [.. Enumerable.Repeat(WasmType.I64, slots)], (code, w) =>
    {
        for (var i = 0; i < kept; i++)
        {
            code.Op(Opcode.LocalGet, 0);
            code.Op(Opcode.I32Const);
            w.Signed(i + 3);
            code.Op(Opcode.I32Mul);
        }

        for (var i = 0; i < slots; i++)
        {
            code.Op(Opcode.LocalGet, 0);
            code.Op(Opcode.I64ExtendI32U);
            code.Op(Opcode.LocalSet, (uint)(1 + i));
        }

        code.Op(Opcode.LocalGet, 0);
        code.Op(Opcode.Call, 0);
        for (var i = 0; i < kept; i++) code.Op(Opcode.I32Add);
        for (var i = 0; i < slots; i++)
        {
            code.Op(Opcode.LocalGet, (uint)(1 + i));
            code.Op(Opcode.I32WrapI64);
            code.Op(Opcode.I32Add);
        }

        code.Op(Opcode.End);
    });
}
