using Market.Wasm.Format;

namespace Market.Wasm.Canonical;

/// <summary>One function of a linked module.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Annotate">Validates and annotates its body: one function at a time, since all of a large module at once would take much memory.</param>
/// <param name="References">Where the indices in it lead.</param>
/// <param name="Origin">Index of the function in the consumer's module; null for what the canonicaliser adds.</param>
internal sealed record LinkedFunction(FunctionType Type, Func<AnnotatedBody> Annotate, References References, uint? Origin);

/// <summary>A consumer's module and the shim as one, before it is written in either form.</summary>
/// <param name="Imports">Functions 0 … n − 1.</param>
/// <param name="Functions">Functions from n on, in order.</param>
/// <param name="Globals">All globals, fuel and room among them.</param>
/// <param name="Fuel">Index of the global that counts fuel.</param>
/// <param name="Room">Index of the global that counts room for frames.</param>
/// <param name="Function">New index of each function of the consumer's module.</param>
/// <param name="Source">The consumer's module: memory, table, elements, data, start, exports.</param>
/// <param name="Runs">Whether the last function is <c>_run</c>, which the host calls.</param>
internal sealed record LinkedModule(
    IReadOnlyList<FunctionImport> Imports,
    IReadOnlyList<LinkedFunction> Functions,
    IReadOnlyList<Global> Globals,
    uint Fuel,
    uint Room,
    Func<uint, uint> Function,
    WasmModule Source,
    bool Runs);
