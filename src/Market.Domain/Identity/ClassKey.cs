using System.Globalization;

namespace Market.Domain.Identity;

/// <summary>What a device can run tasklets in. Zero is no runtime; values from 3 on name specific ones.</summary>
public enum RuntimeKind : byte
{
    /// <summary>Not given.</summary>
    Unspecified = 0,

    /// <summary>Canonical wasm modules: any program.</summary>
    Wasm = 1,

    /// <summary>Programs for the device's own processor.</summary>
    Native = 2,
}

/// <summary>How a device's capability is known. A benchmark is never shown as a TEE.</summary>
public enum AttestationLevel : byte
{
    /// <summary>The provider says so itself.</summary>
    SelfDeclared = 0,

    /// <summary>Other staked devices measured it.</summary>
    Benchmarked = 1,

    /// <summary>A TPM signed the boot state.</summary>
    Tpm = 2,

    /// <summary>A trusted execution environment signed the runtime.</summary>
    Tee = 3,
}

/// <summary>
/// The packed word that names a book: kind 8 bits, attestation level 4, region 8 (zero is anywhere), 12 spare.
/// Text is <c>wasm/1</c>, or <c>wasm/1/7</c> with a region.
/// </summary>
public readonly record struct ClassKey(uint Packed)
{
    /// <summary>Packs the three parts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The level exceeds four bits.</exception>
    public ClassKey(RuntimeKind kind, AttestationLevel level, byte region = 0)
        : this(((uint)kind << 24) | (CheckedLevel(level) << 20) | ((uint)region << 12))
    {
    }

    /// <summary>The runtime.</summary>
    public RuntimeKind Kind => (RuntimeKind)(Packed >> 24);

    /// <summary>The least attestation of devices in the book.</summary>
    public AttestationLevel Level => (AttestationLevel)((Packed >> 20) & 0xF);

    /// <summary>The region; zero is anywhere.</summary>
    public byte Region => (byte)(Packed >> 12);

    /// <summary>Whether a device attested for this class may list in the book of <paramref name="book"/>.</summary>
    public bool MayListIn(ClassKey book) =>
        Kind == book.Kind && Level >= book.Level && (book.Region == 0 || book.Region == Region);

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string? text, out ClassKey key)
    {
        key = default;
        if (text?.Split('/') is not { Length: 2 or 3 } parts) return false;
        if (!TryParseKind(parts[0], out var kind)) return false;
        if (!byte.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level > 0xF) return false;
        byte region = 0;
        if (parts.Length == 3 && !byte.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out region)) return false;
        key = new ClassKey(kind, (AttestationLevel)level, region);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var kind = Kind switch
        {
            RuntimeKind.Wasm => "wasm",
            RuntimeKind.Native => "native",
            _ => ((byte)Kind).ToString(CultureInfo.InvariantCulture),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{kind}/{(byte)Level}{(Region == 0 ? "" : "/" + Region.ToString(CultureInfo.InvariantCulture))}");
    }

    private static bool TryParseKind(string text, out RuntimeKind kind)
    {
        kind = text switch { "wasm" => RuntimeKind.Wasm, "native" => RuntimeKind.Native, _ => RuntimeKind.Unspecified };
        if (kind != RuntimeKind.Unspecified) return true;
        if (!byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        kind = (RuntimeKind)number;
        return true;
    }

    private static uint CheckedLevel(AttestationLevel level) =>
        (byte)level <= 0xF ? (uint)level : throw new ArgumentOutOfRangeException(nameof(level), level, "a level has four bits");
}
