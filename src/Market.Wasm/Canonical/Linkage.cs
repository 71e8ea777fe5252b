using Market.Wasm.Format;
using Market.Wasm.Shim;

namespace Market.Wasm.Canonical;

/// <summary>What an imported function becomes: one of these is set.</summary>
/// <param name="Import">An import of the linked module.</param>
/// <param name="Shim">A function of the shim, by the shim's index.</param>
/// <param name="Unsupported">A function of this type that returns <see cref="WasiSignatures.NotSupported"/>.</param>
internal readonly record struct LinkTarget(uint? Import = null, uint? Shim = null, FunctionType? Unsupported = null);

/// <summary>
/// How a module meets the world. The passes over function bodies are the same in every linkage; what differs is
/// where imports lead and what is exported.
/// </summary>
internal abstract class Linkage
{
    /// <summary>The linked module's imports.</summary>
    public abstract IReadOnlyList<FunctionImport> Imports(WasmModule module);

    /// <summary>Where import <paramref name="index"/> of the module leads; refuses what has no meaning.</summary>
    public abstract LinkTarget Resolve(FunctionImport import, int index);

    /// <summary>The function that <c>_run</c> calls after the start section, or null if the module is not run but called.</summary>
    public abstract uint? Main(WasmModule module);

    /// <summary>Value of the fuel counter before the host sets it.</summary>
    public abstract long InitialFuel { get; }
}

/// <summary>The market's linkage: WASI and the four primitives in, <c>memory</c>, <c>_run</c> and <c>fuel</c> out.</summary>
internal sealed class MarketLinkage : Linkage
{
    /// <summary>Module name of the primitives.</summary>
    public const string Module = "market";

    public override long InitialFuel => 0;

    public override IReadOnlyList<FunctionImport> Imports(WasmModule module) => ShimModule.Instance.Module.Imports;

    public override LinkTarget Resolve(FunctionImport import, int index)
    {
        var shim = ShimModule.Instance;
        var name = import.Module switch
        {
            WasiSignatures.Module => import.Name,
            Module => $"{Module}.{import.Name}",
            _ => throw Unknown(import),
        };
        if (shim.Find(name) is { } function)
        {
            return Checked(import, shim.Module.FunctionType(function), new LinkTarget(Shim: function));
        }

        var unsupported = (import.Module == WasiSignatures.Module ? WasiSignatures.Find(name) : null) ?? throw Unknown(import);
        return Checked(import, unsupported, new LinkTarget(Unsupported: unsupported));
    }

    public override uint? Main(WasmModule module)
    {
        var export = module.Exports.Find(e => e.Name == "_start" && e.Kind == ExternalKind.Function)
            ?? throw RefusalException.Unsupported("no function is exported as _start: build a command, not a library", 0);
        return module.FunctionType(export.Index).Equals(FunctionType.Empty)
            ? export.Index
            : throw RefusalException.Unsupported("_start must take and return nothing", export.Offset);
    }

    private static LinkTarget Checked(FunctionImport import, FunctionType type, LinkTarget target) => import.Type.Equals(type)
        ? target
        : throw RefusalException.Unsupported($"import {import.Module}.{import.Name} has type {import.Type}, not {type}", import.Offset);

    private static RefusalException Unknown(FunctionImport import) => RefusalException.Unsupported(
        $"import {import.Module}.{import.Name}: only WASI preview 1 ({WasiSignatures.Module}) and the market's primitives can be imported", import.Offset);
}

/// <summary>
/// Keeps a module's own imports and exports, so that a test host can call into it: for conformance and differential
/// tests. Adds the counters as exports <c>market.fuel</c>, filled to the brim because a start section runs before any host
/// can fill it, and <c>market.room</c>, which a trap leaves as it is.
/// </summary>
internal sealed class OpenLinkage : Linkage
{
    public override long InitialFuel => long.MaxValue / 2;

    public override IReadOnlyList<FunctionImport> Imports(WasmModule module) => module.Imports;

    public override LinkTarget Resolve(FunctionImport import, int index) => new(Import: (uint)index);

    public override uint? Main(WasmModule module) => null;
}
