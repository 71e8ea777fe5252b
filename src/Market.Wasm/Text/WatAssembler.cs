using System.Globalization;
using Market.Wasm.Format;

namespace Market.Wasm.Text;

/// <summary>
/// Assembles the part of the text format that the shim is written in: folded instructions, named or numbered indices,
/// function imports, one memory, globals, functions with inline exports. Its input is our own source; a fault in it
/// is a bug and throws.
/// </summary>
internal sealed class WatAssembler
{
    private readonly Canonical.TypeTable _types = new();
    private readonly Dictionary<string, uint> _functions = [];
    private readonly Dictionary<string, uint> _globals = [];
    private readonly List<(string Module, string Name, FunctionType Type)> _imports = [];
    private readonly List<(SExpression Node, WatSignature Signature)> _defined = [];
    private readonly List<SExpression> _globalNodes = [];
    private readonly List<(string Name, uint Function)> _exports = [];
    private uint? _pages;

    /// <summary>The binary of the one module in <paramref name="source"/>.</summary>
    public static byte[] Assemble(string source)
    {
        var assembler = new WatAssembler();
        var module = SExpression.Parse(source).Single();
        foreach (var field in module.Items.Skip(1)) assembler.Declare(field);
        return assembler.Write();
    }

    private void Declare(SExpression field)
    {
        switch (field.Head)
        {
            case "import":
                var imported = field.Items[3];
                var signature = WatSignature.Read(imported, out var name, out _);
                if (name is not null) _functions.Add(name, (uint)_imports.Count);
                _imports.Add((field.Items[1].Text, field.Items[2].Text, signature.Type));
                break;
            case "memory": _pages = (uint)ParseInteger(field.Items[^1].Atom!); break;
            case "global":
                if (field.Items[1].Atom is { } global && global.StartsWith('$')) _globals.Add(global, (uint)_globalNodes.Count);
                _globalNodes.Add(field);
                break;
            case "func":
                var index = (uint)(_imports.Count + _defined.Count);
                var defined = WatSignature.Read(field, out var function, out var exports);
                if (function is not null) _functions.Add(function, index);
                foreach (var export in exports) _exports.Add((export, index));
                _defined.Add((field, defined));
                break;
            default: throw new FormatException($"unknown field at {field.Start}");
        }
    }

    private byte[] Write()
    {
        var code = new WasmWriter();
        code.U32((uint)_defined.Count);
        foreach (var (node, signature) in _defined)
        {
            code.Sized(WatFunction.Assemble(node, signature, _types, _functions, _globals));
        }

        // Imports and functions are written before the types that they register, and stand behind them in the file.
        var imports = new WasmWriter();
        imports.Section(2, w => w.Vector(_imports, i =>
        {
            w.Name(i.Module);
            w.Name(i.Name);
            w.Byte(0);
            w.U32(_types.Index(i.Type));
        }));
        imports.Section(3, w => w.Vector(_defined, d => w.U32(_types.Index(d.Signature.Type))));

        var file = new WasmWriter();
        file.Bytes("\0asm\x01\0\0\0"u8);
        file.Section(1, w => w.FunctionTypes(_types.Types));
        file.Bytes(imports.Written);
        if (_pages is { } pages) file.Section(5, w => w.Vector([pages], p => w.Limits(new SizeLimits(p, null))));
        file.Section(6, w => w.Vector(_globalNodes, g => WriteGlobal(w, g)));
        file.Section(7, w => w.Vector(_exports, e =>
        {
            w.Name(e.Name);
            w.Byte(0);
            w.U32(e.Function);
        }));
        file.Byte(10);
        file.Sized(code);
        return file.Written.ToArray();
    }

    private static void WriteGlobal(WasmWriter writer, SExpression global)
    {
        var type = global.Items[^2];
        writer.Byte((byte)WatSignature.ParseType(type.Head == "mut" ? type.Items[1].Atom! : type.Atom!));
        writer.Byte(type.Head == "mut" ? (byte)1 : (byte)0);
        var initial = global.Items[^1];
        writer.Byte((byte)OpcodeTable.Find(initial.Head!)!.Opcode);
        writer.Signed(ParseInteger(initial.Items[1].Atom!));
        writer.Byte((byte)Opcode.End);
    }

    /// <summary>A decimal or hexadecimal integer, signed or as unsigned 64-bit word.</summary>
    internal static long ParseInteger(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.Ordinal)) return (long)ulong.Parse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return long.Parse(digits, CultureInfo.InvariantCulture);
    }
}

/// <summary>A function field's type and named parameters.</summary>
internal sealed record WatSignature(FunctionType Type, Dictionary<string, uint> Names)
{
    public static WatSignature Read(SExpression field, out string? name, out IReadOnlyList<string> exports)
    {
        var parameters = new List<WasmType>();
        var results = new List<WasmType>();
        var names = new Dictionary<string, uint>();
        var exported = new List<string>();
        name = field.Items.Count > 1 && field.Items[1].Atom is { } atom ? atom : null;
        foreach (var part in field.Items)
        {
            if (part.Head == "export") exported.Add(part.Items[1].Text);
            else if (part.Head == "param") Declare(part, parameters, names, 0);
            else if (part.Head == "result") Declare(part, results, [], 0);
        }

        exports = exported;
        return new WatSignature(new FunctionType([.. parameters], [.. results]), names);
    }

    /// <summary>Adds the types of <c>(param $a i32)</c> or <c>(param i32 i32)</c> and the like.</summary>
    public static void Declare(SExpression part, List<WasmType> types, Dictionary<string, uint> names, int offset)
    {
        foreach (var item in part.Items.Skip(1))
        {
            if (item.Atom!.StartsWith('$')) names.Add(item.Atom, (uint)(types.Count + offset));
            else types.Add(ParseType(item.Atom));
        }
    }

    public static WasmType ParseType(string name) => name switch
    {
        "i32" => WasmType.I32, "i64" => WasmType.I64, "f32" => WasmType.F32, "f64" => WasmType.F64,
        _ => throw new FormatException($"unknown type {name}"),
    };
}
