using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Domain.Jobs;

/// <summary>A stage's name within its job: 1 to 32 lower-case letters, digits and dashes, a letter first.</summary>
[JsonConverter(typeof(StageIdConverter))]
public readonly record struct StageId : IComparable<StageId>
{
    /// <summary>Longest name.</summary>
    public const int MaxLength = 32;

    private readonly string? _text;

    private StageId(string text) => _text = text;

    /// <summary>The one stage of a job file that names none.</summary>
    public static StageId Main { get; } = new("main");

    /// <summary>Takes a name.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static StageId Parse(string text) => TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is no stage's name");

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string? text, out StageId id)
    {
        id = default;
        if (text is not { Length: > 0 and <= MaxLength } || text[0] is < 'a' or > 'z') return false;
        if (!text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) return false;
        id = new StageId(text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(StageId other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>The name; <c>main</c> for a value that was never given.</summary>
    public override string ToString() => _text ?? "main";

    /// <inheritdoc/>
    public bool Equals(StageId other) => ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

/// <summary>A stage's name as JSON text and as a property's name.</summary>
public sealed class StageIdConverter : JsonConverter<StageId>
{
    /// <inheritdoc/>
    public override StageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        StageId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("not a stage's name");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StageId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    /// <inheritdoc/>
    public override StageId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, typeToConvert, options);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, StageId value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToString());
}
