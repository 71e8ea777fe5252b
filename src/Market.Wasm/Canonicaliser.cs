using Market.Wasm.Canonical;
using Market.Wasm.Format;
using Market.Wasm.Validation;

namespace Market.Wasm;

/// <summary>Turns WebAssembly binaries into canonical modules.</summary>
public static class Canonicaliser
{
    /// <summary>Changes whenever any binary's canonical form, fuel or acceptance changes: part of a module's identity.</summary>
    public const int Version = 2;

    /// <summary>
    /// Validates <paramref name="wasm"/> against the subset (WebAssembly 1.0 with sign extension, saturating
    /// conversions, multi-value, mutable globals, memory.copy and memory.fill) and gives its canonical form. Takes any
    /// bytes; what is no program of the market is refused with the feature and the offset.
    /// </summary>
    public static Canonicalisation Canonicalise(ReadOnlySpan<byte> wasm) => Canonicalise(wasm, new MarketLinkage());

    /// <summary>The same passes under another linkage.</summary>
    internal static Canonicalisation Canonicalise(ReadOnlySpan<byte> wasm, Linkage linkage)
    {
        try
        {
            var module = ModuleDecoder.Decode(wasm.ToArray());
            ModuleValidator.Validate(module);
            var bytes = Linker.Link(module, linkage);
            var memory = module.Memory ?? new SizeLimits(0, 0);
            return new Canonicalisation.Accepted(new CanonicalModule(bytes, memory.Minimum, memory.Maximum));
        }
        catch (RefusalException e)
        {
            return new Canonicalisation.Refused(e.Refusal);
        }
    }
}
