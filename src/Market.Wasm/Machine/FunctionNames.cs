using Market.Wasm.Format;

namespace Market.Wasm.Machine;

/// <summary>What the functions of a consumer's module are called: by its name section, else by its exports, else by number.</summary>
public sealed class FunctionNames
{
    private readonly Dictionary<uint, string> _names = [];

    /// <summary>Reads the names of a binary that the canonicaliser accepts. A name section is for people: a faulty one counts as absent.</summary>
    public FunctionNames(ReadOnlySpan<byte> wasm)
    {
        var bytes = wasm.ToArray();
        foreach (var export in ModuleDecoder.Decode(bytes).Exports.Where(e => e.Kind == ExternalKind.Function)) _names[export.Index] = export.Name;
        try
        {
            ReadSection(bytes);
        }
        catch (RefusalException)
        {
            // What was read stays.
        }
    }

    /// <summary>The name of a function; of what the canonicaliser added, <c>(market)</c>.</summary>
    public string Of(MachineFunction? function) => function switch
    {
        null => "(program)",
        { Origin: null } => "(market)",
        { Origin: { } origin } => _names.TryGetValue(origin, out var name) ? name : $"function {origin}",
    };

    // Custom section "name", subsection 1: WebAssembly 2.0, appendix 7.4.1.
    private void ReadSection(byte[] bytes)
    {
        var file = new WasmReader(bytes, 8, bytes.Length);
        while (!file.AtEnd)
        {
            var id = file.Byte();
            var size = (int)file.U32();
            var section = new WasmReader(bytes, file.Position, file.Position + size);
            file.Bytes(size);
            if (id != 0 || section.Name() != "name") continue;
            while (!section.AtEnd)
            {
                var kind = section.Byte();
                var length = (int)section.U32();
                var part = new WasmReader(bytes, section.Position, section.Position + length);
                section.Bytes(length);
                if (kind != 1) continue;
                for (var left = part.U32(); left > 0; left--) _names[part.U32()] = part.Name();
            }
        }
    }
}
