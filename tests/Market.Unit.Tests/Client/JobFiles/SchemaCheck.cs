using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Market.Client.JobFiles;

namespace Market.Unit.Tests.Client.JobFiles;

/// <summary>
/// As much of JSON schema (draft 2020-12) as the job file's uses; a keyword that it does not know fails, so that none is
/// passed over.
/// </summary>
internal static class SchemaCheck
{
    private static readonly string[] Notes = ["$schema", "$id", "title", "description"];

    /// <summary>Whether <paramref name="value"/> is what <paramref name="schema"/> describes.</summary>
    public static bool IsValid(JsonNode? value, JsonObject schema) => Matches(Reread(value), Reread(schema)!.AsObject());

    // Numbers that were parsed convert to any type, those that were made do not.
    private static JsonNode? Reread(JsonNode? node) => node is null ? null : JsonNode.Parse(node.ToJsonString());

    private static bool Matches(JsonNode? value, JsonObject schema) => schema.All(rule => Notes.Contains(rule.Key) || Holds(value, rule.Key, rule.Value!, schema));

    /// <summary>A YAML document as editors see it: plain scalars that look like numbers or booleans are those.</summary>
    public static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlText { IsNull: true } => null,
        YamlText text when bool.TryParse(text.Value, out var flag) => flag,
        YamlText text when long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        YamlText text when decimal.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        YamlText text => text.Value,
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Value, ToJson(entry.Value)))),
        _ => throw new InvalidOperationException(node.Kind),
    };

    private static bool Holds(JsonNode? value, string keyword, JsonNode rule, JsonObject schema) => keyword switch
    {
        "type" => (rule is JsonArray kinds ? kinds.Select(kind => (string)kind!) : [(string)rule!]).Any(kind => Is(value, kind)),
        "const" => JsonNode.DeepEquals(value, rule),
        "enum" => rule.AsArray().Any(one => JsonNode.DeepEquals(value, one)),
        "anyOf" => rule.AsArray().Any(one => Matches(value, one!.AsObject())),
        "oneOf" => rule.AsArray().Count(one => Matches(value, one!.AsObject())) == 1,
        "pattern" => !Is(value, "string") || Regex.IsMatch((string)value!, (string)rule!, RegexOptions.ECMAScript),
        "minimum" => !Is(value, "number") || (decimal)value! >= (decimal)rule,
        "exclusiveMinimum" => !Is(value, "number") || (decimal)value! > (decimal)rule,
        "minItems" => value is not JsonArray list || list.Count >= (int)rule,
        "items" => value is not JsonArray list || list.All(item => Matches(item, rule.AsObject())),
        "required" => value is not JsonObject map || rule.AsArray().All(key => map.ContainsKey((string)key!)),
        "properties" => value is not JsonObject map || map.All(pair => !rule.AsObject().TryGetPropertyValue(pair.Key, out var known) || Matches(pair.Value, known!.AsObject())),
        "additionalProperties" => value is not JsonObject map || map.All(pair => schema["properties"]?.AsObject().ContainsKey(pair.Key) == true || (rule is JsonObject other && Matches(pair.Value, other))),
        _ => throw new InvalidOperationException($"the check does not know '{keyword}'"),
    };

    private static bool Is(JsonNode? value, string kind) => value?.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Object => kind == "object",
        System.Text.Json.JsonValueKind.Array => kind == "array",
        System.Text.Json.JsonValueKind.String => kind == "string",
        System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => kind == "boolean",
        System.Text.Json.JsonValueKind.Number => kind == "number" || (kind == "integer" && (decimal)value == Math.Truncate((decimal)value)),
        _ => kind == "null",
    };
}
