using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Market.Client.JobFiles.Format;

/// <summary>
/// The JSON schema (draft 2020-12) of job file version 1, made of the records that the binder's keys come from. Editors use
/// it; <c>market job check</c> knows more, since a schema cannot compare one value with another.
/// </summary>
public static class JobSchema
{
    // A parameter may stand for any value.
    private const string Parameter = @"\$\{";

    /// <summary>The schema.</summary>
    public static JsonObject Create()
    {
        var schema = Map(typeof(JobDocument));
        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "job.schema.json",
            ["title"] = "Job file, version 1",
        };
        foreach (var (key, value) in schema) root[key] = value?.DeepClone();
        return root;
    }

    private static JsonObject Map(Type document)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var property in document.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.MetadataToken))
        {
            var key = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var value = Value(property);
            value["description"] = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{document.Name}.{property.Name} has no description");
            properties[key] = value;
            if (property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null) required.Add(key);
        }

        var map = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (document.GetCustomAttribute<DescriptionAttribute>() is { } about) map["description"] = about.Description;
        if (required.Count > 0) map["required"] = required;
        foreach (var choice in document.GetCustomAttributes<ExactlyOneAttribute>())
        {
            map["oneOf"] = new JsonArray([.. choice.Keys.Select(key => (JsonNode)new JsonObject { ["required"] = new JsonArray(key) })]);
        }

        return map;
    }

    private static JsonObject Value(PropertyInfo property)
    {
        var type = property.PropertyType;
        var shape = property.GetCustomAttribute<ShapeAttribute>();
        if (type == typeof(string)) return Scalar(shape!);
        if (!type.IsGenericType) return Map(type);
        var item = type.GetGenericArguments()[^1];
        var inner = item == typeof(string) ? Scalar(shape!) : Map(item);
        if (type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)) return new JsonObject { ["type"] = "object", ["additionalProperties"] = inner };
        var list = new JsonObject { ["type"] = "array", ["items"] = inner, ["minItems"] = property.Name is "Args" or "OneOf" ? 0 : 1 };
        return shape?.OneOrMany == true ? new JsonObject { ["anyOf"] = new JsonArray(inner.DeepClone(), list) } : list;
    }

    /// <summary>YAML gives numbers and booleans where their text would do, so every form of a value is admitted; the text's form is what is checked.</summary>
    private static JsonObject Scalar(ShapeAttribute shape)
    {
        if (shape.OneOf is ["true"]) return new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = true }, new JsonObject { ["type"] = "string", ["pattern"] = $"^true$|{Parameter}" }) };
        if (shape.OneOf.Length > 0) return new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. shape.OneOf.Select(word => (JsonNode)word)]) }, new JsonObject { ["type"] = "string", ["pattern"] = Parameter }) };
        var text = new JsonObject { ["type"] = "string" };
        if ((shape.Pattern ?? Pattern(shape.Shape)) is { } pattern) text["pattern"] = $"{pattern}|{Parameter}";
        return shape.Shape switch
        {
            Format.Scalar.Whole => new JsonObject { ["anyOf"] = new JsonArray(Integer(shape), text) },
            Format.Scalar.Amount => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = 0 }, text) },
            Format.Scalar.Device => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer", ["minimum"] = 1 }, text) },
            Format.Scalar.Text => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
            _ => text,
        };
    }

    private static JsonObject Integer(ShapeAttribute shape) =>
        shape.Pattern == "^1$" ? new JsonObject { ["const"] = 1 } : new JsonObject { ["type"] = "integer" };

    private static string? Pattern(Scalar shape) => shape switch
    {
        Format.Scalar.Whole => "^-?[0-9][0-9_]*$",
        Format.Scalar.Name => "^[a-z0-9][a-z0-9-]{0,62}$",
        Format.Scalar.Stage => "^[a-z][a-z0-9-]{0,31}$",
        Format.Scalar.Range => @"^-?[0-9][0-9_]*\.\.-?[0-9][0-9_]*$",
        Format.Scalar.Size => @"^[0-9][0-9_.]* *(KiB|MiB|GiB|kB|MB|GB|B)$",
        Format.Scalar.Fuel => @"^[0-9][0-9_.]* *[kMGT]$",
        Format.Scalar.Duration => "^([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$",
        Format.Scalar.Amount => "^[0-9][0-9_.]* *[A-Za-z]*$",
        Format.Scalar.Device => "^(d-)?[1-9][0-9]*$",
        _ => null,
    };
}
