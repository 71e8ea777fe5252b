using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Conformance.Tests.Generation;

/// <summary>
/// Makes random but valid programs over the market's primitives: typed, structured, with every instruction of the
/// subset, calls direct, indirect and recursive, traps, floats of every kind and bulk operations. Most end by
/// themselves; those that do not run out of fuel.
/// </summary>
internal sealed class ProgramGenerator
{
    /// <summary>Imported functions: in_len, in_read, out_write, exit.</summary>
    public static readonly IReadOnlyList<(string Name, FunctionType Type)> Imports =
    [
        ("in_len", new FunctionType([], [WasmType.I32])),
        ("in_read", new FunctionType([WasmType.I32, WasmType.I32, WasmType.I32], [])),
        ("out_write", new FunctionType([WasmType.I32, WasmType.I32], [])),
        ("exit", new FunctionType([WasmType.I32], [])),
    ];

    private readonly Dice _dice;

    // Every third program is mostly about floats.
    private ProgramGenerator(ulong seed) => _dice = new Dice(seed) { FloatPercent = seed % 3 == 0 ? 70 : 0 };

    public TypeTable Types { get; } = new();

    /// <summary>Type of every function, imports first, <c>_start</c> last.</summary>
    public List<FunctionType> Functions { get; } = [.. Imports.Select(i => i.Type)];

    public List<GlobalType> Globals { get; } = [];

    /// <summary>Types that entries of the table have, null for empty entries.</summary>
    public List<uint?> Table { get; } = [];

    public static byte[] Generate(ulong seed) => new ProgramGenerator(seed).Generate();

    /// <summary>A few types at random.</summary>
    public static WasmType[] SomeTypes(Dice dice, int most) => [.. Enumerable.Range(0, dice.Below(most + 1)).Select(_ => dice.Type())];

    private byte[] Generate()
    {
        for (var i = 1 + _dice.Below(5); i > 0; i--) Functions.Add(new FunctionType(SomeTypes(_dice, 4), SomeTypes(_dice, _dice.Chance(20) ? 3 : 1)));
        Functions.Add(FunctionType.Empty);
        for (var i = 1 + _dice.Below(6); i > 0; i--) Globals.Add(new GlobalType(_dice.Type(), true));
        for (var i = _dice.Below(8); i > 0; i--) Table.Add(_dice.Chance(15) ? null : (uint)_dice.Below(Functions.Count));

        var code = new WasmWriter();
        code.Vector(Functions.Skip(Imports.Count).ToList(), f => code.Sized(FunctionGenerator.Generate(this, _dice, f, f == Functions[^1])));

        var declarations = new WasmWriter();
        declarations.Section(2, w => w.Vector(Imports.ToList(), i =>
        {
            w.Name("market");
            w.Name(i.Name);
            w.Byte(0);
            w.U32(Types.Index(i.Type));
        }));
        declarations.Section(3, w => w.Vector(Functions.Skip(Imports.Count).ToList(), f => w.U32(Types.Index(f))));

        var file = new WasmWriter();
        file.Bytes("\0asm\x01\0\0\0"u8);
        file.Section(1, w => w.FunctionTypes(Types.Types));
        file.Bytes(declarations.Written);
        file.Section(4, w => w.Vector([(uint)Table.Count], n =>
        {
            w.Byte(0x70);
            w.Limits(new SizeLimits(n, null));
        }));
        file.Section(5, w => w.Vector([new SizeLimits(1, (uint)(1 + _dice.Below(3)))], w.Limits));
        file.Section(6, w => w.Vector(Globals, g => WriteGlobal(w, g)));
        file.Section(7, w =>
        {
            w.U32(2);
            w.Name("memory");
            w.Bytes([2, 0]);
            w.Name("_start");
            w.Byte(0);
            w.U32((uint)Functions.Count - 1);
        });
        file.Section(9, WriteTable);
        file.Byte(10);
        file.Sized(code);
        var data = new byte[_dice.Below(300)];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)_dice.Next();
        file.Section(11, w =>
        {
            w.Bytes([1, 0, (byte)Opcode.I32Const, 16, (byte)Opcode.End]);
            w.U32((uint)data.Length);
            w.Bytes(data);
        });
        return file.Written.ToArray();
    }

    private void WriteGlobal(WasmWriter writer, GlobalType global)
    {
        writer.Byte((byte)global.Type);
        writer.Byte(1);
        FunctionGenerator.WriteConstant(writer, _dice, global.Type);
        writer.Byte((byte)Opcode.End);
    }

    private void WriteTable(WasmWriter writer)
    {
        var filled = Enumerable.Range(0, Table.Count).Where(i => Table[i] is not null).ToList();
        writer.Vector(filled, i =>
        {
            writer.Bytes([0, (byte)Opcode.I32Const]);
            writer.Signed(i);
            writer.Bytes([(byte)Opcode.End, 1]);
            writer.U32(Table[i]!.Value);
        });
    }
}
