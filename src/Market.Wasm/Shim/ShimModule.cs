using Market.Wasm.Format;
using Market.Wasm.Text;
using Market.Wasm.Validation;

namespace Market.Wasm.Shim;

/// <summary>The module of <c>wasi.wat</c>, assembled and validated like any guest's.</summary>
internal sealed class ShimModule
{
    /// <summary>Functions that the canonical module imports, in the order in which the shim does.</summary>
    public const int Primitives = 4;

    /// <summary>Position of the fuel counter among the shim's globals.</summary>
    public const uint Fuel = 0;

    /// <summary>Position of the frame-room counter among the shim's globals.</summary>
    public const uint Room = 1;

    private static readonly Lazy<ShimModule> Loaded = new(() => new ShimModule());

    private readonly Dictionary<string, uint> _exports;

    private ShimModule()
    {
        using var stream = typeof(ShimModule).Assembly.GetManifestResourceStream("wasi.wat")!;
        using var reader = new StreamReader(stream);
        Module = ModuleDecoder.Decode(WatAssembler.Assemble(reader.ReadToEnd()));
        ModuleValidator.Validate(Module);
        Bodies = [.. Module.Functions.Select((_, i) => FunctionValidator.Validate(Module, i))];
        _exports = Module.Exports.ToDictionary(e => e.Name, e => e.Index);
    }

    public static ShimModule Instance => Loaded.Value;

    public WasmModule Module { get; }

    public IReadOnlyList<ValidatedBody> Bodies { get; }

    /// <summary>Index of an exported function in the shim's own index space, or null.</summary>
    public uint? Find(string export) => _exports.TryGetValue(export, out var index) ? index : null;

    /// <summary>The defined functions that <paramref name="roots"/> call, directly or not, and they themselves; ascending.</summary>
    public IReadOnlyCollection<uint> Reachable(IEnumerable<uint> roots)
    {
        var found = new SortedSet<uint>();
        var open = new Stack<uint>(roots);
        while (open.TryPop(out var index))
        {
            if (index < Primitives || !found.Add(index)) continue;
            foreach (var at in Bodies[(int)index - Primitives].Code)
            {
                if (at.Op == Opcode.Call) open.Push(at.A);
            }
        }

        return found;
    }
}
