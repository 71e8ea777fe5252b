namespace Market.Wasm;

/// <summary>Why a binary is no module of the market.</summary>
public enum RefusalKind
{
    /// <summary>Not in the WebAssembly binary format.</summary>
    Malformed,

    /// <summary>In the binary format, but breaks a validation rule.</summary>
    Invalid,

    /// <summary>Uses a feature, or an import or export, outside the subset.</summary>
    Unsupported,

    /// <summary>Exceeds one of the caps that bound compile time and memory.</summary>
    TooLarge,
}

/// <summary>A refused binary: what is wrong and where.</summary>
/// <param name="Kind">The class of fault.</param>
/// <param name="Message">The feature, rule or cap, in words for a person.</param>
/// <param name="Offset">Byte offset in the binary at which the fault was noticed.</param>
public sealed record Refusal(RefusalKind Kind, string Message, int Offset)
{
    /// <summary>One line: kind, message and offset.</summary>
    public override string ToString() => $"{Kind}: {Message} (at byte 0x{Offset:x})";
}

/// <summary>
/// Carries a refusal out of the decoder's depths to the canonicaliser's one catch. Hostile input is an expected
/// outcome, but a return value at each of some hundred read sites would hide the format; nothing else throws it.
/// </summary>
internal sealed class RefusalException(Refusal refusal) : Exception(refusal.ToString())
{
    public Refusal Refusal { get; } = refusal;

    public static RefusalException Malformed(string message, int offset) => new(new Refusal(RefusalKind.Malformed, message, offset));

    public static RefusalException Invalid(string message, int offset) => new(new Refusal(RefusalKind.Invalid, message, offset));

    public static RefusalException Unsupported(string message, int offset) => new(new Refusal(RefusalKind.Unsupported, message, offset));

    public static RefusalException TooLarge(string message, int offset) => new(new Refusal(RefusalKind.TooLarge, message, offset));
}
