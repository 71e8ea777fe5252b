using System.Collections.Immutable;
using Market.Wasm.Canonical;
using Market.Wasm.Format;

namespace Market.Wasm;

/// <summary>What a consumer's binary brings along, for people.</summary>
/// <param name="Imports">Its imports, in its order.</param>
/// <param name="Functions">Functions that it defines.</param>
/// <param name="DataBytes">Bytes of its data segments.</param>
public sealed record ModuleSummary(ImmutableArray<ImportSummary> Imports, int Functions, long DataBytes)
{
    /// <summary>Reads a binary that <see cref="Canonicaliser"/> accepts; null for any other.</summary>
    public static ModuleSummary? Read(ReadOnlySpan<byte> wasm)
    {
        if (Canonicaliser.Canonicalise(wasm) is not Canonicalisation.Accepted) return null;
        var module = ModuleDecoder.Decode(wasm.ToArray());
        var linkage = new MarketLinkage();
        var imports = module.Imports.Select((import, i) => new ImportSummary(
            import.Module, import.Name, import.Type.ToString(), linkage.Resolve(import, i).Shim is not null));
        return new ModuleSummary([.. imports], module.Functions.Count, module.Data.Sum(segment => (long)segment.Length));
    }
}

/// <summary>One import.</summary>
/// <param name="Module">Where it is imported from.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Type">Its type, as the specification writes it.</param>
/// <param name="Provided">Whether it does what WASI says; otherwise calls return ENOSYS (52).</param>
public sealed record ImportSummary(string Module, string Name, string Type, bool Provided);
