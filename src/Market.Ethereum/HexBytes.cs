using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Ethereum;

/// <summary>Immutable bytes compared by content: what the ABI calls <c>bytes</c> or <c>bytesN</c>, and call data.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is what it says: bytes that print as hexadecimal.")]
public readonly struct HexBytes : IEquatable<HexBytes>
{
    private readonly byte[]? _bytes;

    /// <summary>Copies <paramref name="bytes"/>.</summary>
    public HexBytes(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    private HexBytes(byte[] owned) => _bytes = owned;

    /// <summary>No bytes.</summary>
    public static HexBytes Empty => default;

    /// <summary>The bytes.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Memory => _bytes ?? [];

    /// <summary>The bytes.</summary>
    [JsonIgnore]
    public ReadOnlySpan<byte> Span => _bytes ?? [];

    /// <summary>How many bytes.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>Takes over <paramref name="bytes"/>, which nobody may change afterwards.</summary>
    public static HexBytes Wrap(byte[] bytes) => new(owned: bytes);

    /// <summary>Reads hexadecimal digits with or without a leading 0x.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is something else.</exception>
    public static HexBytes Parse(string text) => Wrap(Hex.Decode(text));

    /// <summary>A new array of the bytes.</summary>
    public byte[] ToArray() => Span.ToArray();

    /// <inheritdoc/>
    public bool Equals(HexBytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HexBytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>0x and two lower-case digits per byte.</summary>
    public override string ToString() => Hex.Encode(Span);

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(HexBytes left, HexBytes right) => left.Equals(right);

    /// <summary>Whether they hold different bytes.</summary>
    public static bool operator !=(HexBytes left, HexBytes right) => !left.Equals(right);
}
