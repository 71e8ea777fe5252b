using Market.Wasm;
using Wasmtime;

namespace Market.Conformance.Tests.Engines;

/// <summary>Small programs written in the text format.</summary>
internal static class Wat
{
    public static byte[] Binary(string text) => Module.ConvertText(text);

    /// <summary>The canonical form of a program that must be accepted.</summary>
    public static CanonicalModule Canonical(ReadOnlySpan<byte> wasm) => Canonicaliser.Canonicalise(wasm) switch
    {
        Canonicalisation.Accepted accepted => accepted.Module,
        Canonicalisation.Refused refused => throw new InvalidOperationException(refused.Refusal.ToString()),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>A whole input: frame and stdin.</summary>
    public static byte[] Input(ReadOnlySpan<byte> stdin, params string[] arguments) =>
        [.. new InputFrame([.. arguments], (ulong)stdin.Length).Encode(), .. stdin];
}
