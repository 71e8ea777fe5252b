using System.Globalization;
using Market.Wasm.Format;

namespace Market.Wasm.Text;

/// <summary>Assembles one function's locals and folded instructions.</summary>
internal sealed class WatFunction
{
    private readonly WasmWriter _out = new();
    private readonly Dictionary<string, uint> _locals;
    private readonly Dictionary<string, uint> _functions;
    private readonly Dictionary<string, uint> _globals;
    private readonly Canonical.TypeTable _types;
    private readonly List<string?> _labels = [];

    private WatFunction(Canonical.TypeTable types, Dictionary<string, uint> functions, Dictionary<string, uint> globals, Dictionary<string, uint> locals)
    {
        _types = types;
        _functions = functions;
        _globals = globals;
        _locals = locals;
    }

    /// <summary>The body as the code section holds it, without its size.</summary>
    public static WasmWriter Assemble(
        SExpression field, WatSignature signature, Canonical.TypeTable types, Dictionary<string, uint> functions, Dictionary<string, uint> globals)
    {
        var names = new Dictionary<string, uint>(signature.Names);
        var function = new WatFunction(types, functions, globals, names);
        var locals = new List<WasmType>();
        foreach (var part in field.Items.Where(i => i.Head == "local")) WatSignature.Declare(part, locals, names, signature.Type.Parameters.Length);
        function._out.U32((uint)locals.Count);
        foreach (var local in locals)
        {
            function._out.U32(1);
            function._out.Byte((byte)local);
        }

        foreach (var part in field.Items.Skip(1))
        {
            if (part.Head is not (null or "export" or "param" or "result" or "local")) function.Instruction(part);
        }

        function._out.Byte((byte)Opcode.End);
        return function._out;
    }

    private void Instruction(SExpression node)
    {
        var info = OpcodeTable.Find(node.Head!) ?? throw new FormatException($"unknown instruction {node.Head} at {node.Start}");
        if (info.Immediate == Immediate.BlockType)
        {
            Structured(info.Opcode, node);
            return;
        }

        var immediates = node.Items.Skip(1).TakeWhile(i => i.Atom is not null).Select(i => i.Atom!).ToList();
        foreach (var operand in node.Items.Skip(1 + immediates.Count)) Instruction(operand);
        Op(info.Opcode);
        switch (info.Immediate)
        {
            case Immediate.None: break;
            case Immediate.Label: _out.U32(Label(immediates[0])); break;
            case Immediate.Function: _out.U32(Index(_functions, immediates[0])); break;
            case Immediate.Local: _out.U32(Index(_locals, immediates[0])); break;
            case Immediate.Global: _out.U32(Index(_globals, immediates[0])); break;
            case Immediate.I32 or Immediate.I64: _out.Signed(info.Immediate == Immediate.I32 ? (int)WatAssembler.ParseInteger(immediates[0]) : WatAssembler.ParseInteger(immediates[0])); break;
            case Immediate.Zero: _out.Byte(0); break;
            case Immediate.TwoZeros: _out.Bytes([0, 0]); break;
            case Immediate.Memory:
                var offset = immediates.Find(i => i.StartsWith("offset=", StringComparison.Ordinal));
                _out.U32(info.Alignment);
                _out.U32(offset is null ? 0 : uint.Parse(offset.AsSpan(7), CultureInfo.InvariantCulture));
                break;
            default: throw new FormatException($"{node.Head} is not supported here");
        }
    }

    private void Structured(Opcode op, SExpression node)
    {
        var label = node.Items.Count > 1 ? node.Items[1].Atom : null;
        var results = new List<WasmType>();
        foreach (var part in node.Items.Where(i => i.Head == "result")) WatSignature.Declare(part, results, [], 0);
        var inner = node.Items.Skip(label is null ? 1 : 2).Where(i => i.Head != "result").ToList();
        var arms = inner.FindIndex(i => i.Head is "then");
        if (op == Opcode.If) inner.Take(arms).ToList().ForEach(Instruction);
        Op(op);
        if (results.Count > 1) _out.Signed(_types.Index(new FunctionType([], [.. results])));
        else _out.Byte(results.Count == 0 ? (byte)0x40 : (byte)results[0]);
        _labels.Add(label);
        if (op == Opcode.If)
        {
            foreach (var item in inner[arms].Items.Skip(1)) Instruction(item);
            if (arms + 1 < inner.Count)
            {
                Op(Opcode.Else);
                foreach (var item in inner[arms + 1].Items.Skip(1)) Instruction(item);
            }
        }
        else
        {
            inner.ForEach(Instruction);
        }

        _labels.RemoveAt(_labels.Count - 1);
        Op(Opcode.End);
    }

    private uint Label(string name)
    {
        if (!name.StartsWith('$')) return uint.Parse(name, CultureInfo.InvariantCulture);
        var index = _labels.LastIndexOf(name);
        return index >= 0 ? (uint)(_labels.Count - 1 - index) : throw new FormatException($"unknown label {name}");
    }

    private static uint Index(Dictionary<string, uint> names, string name) =>
        name.StartsWith('$') ? names[name] : uint.Parse(name, CultureInfo.InvariantCulture);

    private void Op(Opcode op)
    {
        if ((int)op >= 0x100)
        {
            _out.Byte(0xfc);
            _out.U32((uint)op - 0x100);
        }
        else
        {
            _out.Byte((byte)op);
        }
    }
}
