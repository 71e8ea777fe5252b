using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Market.Hashing;

namespace Market.Ethereum.TypedData;

/// <summary>Reads the document of <c>eth_signTypedData_v4</c>: types, primaryType, domain and message.</summary>
public static class TypedDataJson
{
    /// <summary>Reads and hashes a document.</summary>
    /// <exception cref="FormatException"><paramref name="json"/> is no such document.</exception>
    public static TypedMessage Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var schema = new TypedSchema(root.GetProperty("types").EnumerateObject().Select(type => KeyValuePair.Create(
                type.Name,
                type.Value.EnumerateArray().Select(m => new TypedMember(Text(m.GetProperty("name")), Text(m.GetProperty("type")))).ToImmutableArray())));
            return new TypedMessage(
                HashOf(schema, TypedDataDomain.TypeName, root.GetProperty("domain")),
                HashOf(schema, Text(root.GetProperty("primaryType")), root.GetProperty("message")));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException("not a typed-data document", e);
        }
    }

    private static Hash256 HashOf(TypedSchema schema, string type, JsonElement value) =>
        schema.HashStruct(type, (IReadOnlyDictionary<string, object>)Read(schema, type, value));

    private static object Read(TypedSchema schema, string type, JsonElement value)
    {
        if (TypedSchema.TryArray(type, out var element, out _)) return value.EnumerateArray().Select(item => Read(schema, element, item)).ToList();
        if (schema.IsStruct(type))
        {
            return schema.MembersOf(type).ToDictionary(m => m.Name, m => Read(schema, m.Type, value.GetProperty(m.Name)), StringComparer.Ordinal);
        }

        if (TypedSchema.TryInteger(type, out _, out _)) return ReadInteger(value);
        return type switch
        {
            "string" => Text(value),
            "bool" => value.GetBoolean(),
            "address" => Address.Parse(Text(value)),
            "bytes32" => Hash256.Parse(Text(value)),
            _ => HexBytes.Parse(Text(value)),
        };
    }

    private static BigInteger ReadInteger(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(value);
        return text.StartsWith("0x", StringComparison.Ordinal)
            ? BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("typed data: a text is null");
}
