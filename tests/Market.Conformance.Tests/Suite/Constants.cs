using Market.Conformance.Tests.Engines;
using Market.Wasm.Format;
using Market.Wasm.Text;

namespace Market.Conformance.Tests.Suite;

/// <summary>An operand or expected result of a script command: its type and bits, or a class of NaNs.</summary>
internal readonly record struct Constant(WasmType Type, ulong Bits, bool AnyNan);

/// <summary>Reads a script's constants. Wasmtime's own parser turns their text into bits, so that none is written here.</summary>
internal static class Constants
{
    private static readonly Dictionary<string, WasmType> Types = new()
    {
        ["i32.const"] = WasmType.I32, ["i64.const"] = WasmType.I64, ["f32.const"] = WasmType.F32, ["f64.const"] = WasmType.F64,
    };

    /// <summary>The constants among the members of all <paramref name="lists"/>; others are absent.</summary>
    public static Dictionary<SExpression, Constant> Read(IEnumerable<SExpression> lists)
    {
        var values = new Dictionary<SExpression, Constant>(ReferenceEqualityComparer.Instance);
        var exact = new List<SExpression>();
        foreach (var node in lists.SelectMany(l => l.Items).Where(i => i.Head is not null && Types.ContainsKey(i.Head)))
        {
            var type = Types[node.Head!];
            if (node.Items[1].Atom is "nan:canonical" or "nan:arithmetic")
            {
                values[node] = new Constant(type, 0, true);
                continue;
            }

            exact.Add(node);
        }

        // In parts, since a module has a limited number of globals.
        foreach (var part in exact.Chunk(5_000))
        {
            var module = ModuleDecoder.Decode(Wat.Binary("(module" + string.Concat(part.Select(Global)) + ")"));
            for (var i = 0; i < part.Length; i++) values[part[i]] = new Constant(Types[part[i].Head!], module.Globals[i].Initial, false);
        }

        return values;

        static string Global(SExpression node) => $"(global {Types[node.Head!].Name()} ({node.Head} {node.Items[1].Atom}))";
    }
}
