using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles.Binding;

/// <summary>Reads <c>params</c>, takes the values that were given, and writes them where <c>${name}</c> stands.</summary>
internal sealed partial class ParameterBinder(DiagnosticBag faults)
{
    private const string Section = "params";

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]{0,31}$")]
    private static partial Regex NameShape { get; }

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _declared = [];

    /// <summary>The document with every place filled, apart from the declarations themselves.</summary>
    /// <param name="job">The document.</param>
    /// <param name="reader">Reads it.</param>
    /// <param name="given">Values from outside, by name.</param>
    public YamlMap Fill(YamlMap job, MapReader reader, IReadOnlyDictionary<string, string> given)
    {
        foreach (var (name, declaration) in reader.Entries(Section)) Declare(name, declaration, given);
        foreach (var name in given.Keys.Except(_declared, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var known = _declared.Count == 0 ? "; it has no params" : $" (it has {string.Join(", ", _declared)})";
            faults.Error("E1213", $"--param {name}: the file has no parameter '{name}'{known}{DidYouMean.Suffix(name, _declared)}", reader.KeySpan(Section));
        }

        return job with
        {
            Entries = [.. job.Entries.Select(entry => entry.Key.Value == Section ? entry : (entry.Key, Fill(entry.Value)))],
        };
    }

    private void Declare(YamlText name, MapReader declaration, IReadOnlyDictionary<string, string> given)
    {
        if (!NameShape.IsMatch(name.Value)) faults.Error("E1203", $"bad parameter name '{name.Value}': expected letters, digits and underscores, a letter first", name.Span);
        _declared.Add(name.Value);
        string[] types = ["text", "int", "bool", "date", "size", "duration"];
        var word = declaration.Word("type", types);
        if (!declaration.Has("type")) faults.Error("E1204", $"{declaration.Name("type")} is missing: one of {string.Join(", ", types)}", name.Span);
        var type = word switch
        {
            "int" => ParameterType.Whole,
            "bool" => ParameterType.Bool,
            "date" => ParameterType.Date,
            "size" => ParameterType.Size,
            "duration" => ParameterType.Duration,
            _ => ParameterType.Text,
        };
        var fallback = declaration.Text("default");
        var min = declaration.Value<long>("min", Numbers.TryLong, "a whole number");
        var max = declaration.Value<long>("max", Numbers.TryLong, "a whole number");
        var oneOf = declaration.Texts("oneOf") ?? [];
        declaration.Finish();
        if (type != ParameterType.Whole && (min ?? max) is not null)
        {
            faults.Error("E1211", $"'min' and 'max' bound an int; '{name.Value}' is {(word ?? "text")}", declaration.KeySpan(min is null ? "max" : "min"));
        }

        var parameter = new JobParameter(name.Value, type, fallback?.Value, min, max, [.. oneOf.Select(item => item.Value)]);
        if (word is null) return;
        if (min > max) faults.Error("E1203", $"{declaration.Name("min")} {min} is above 'max' {max}", declaration.KeySpan("min"));
        foreach (var odd in oneOf.Where(item => !(parameter with { OneOf = [] }).Admits(item.Value)))
        {
            faults.Error("E1203", $"bad value '{odd.Value}' in {declaration.Name("oneOf")}: expected {(parameter with { OneOf = [] }).Expected}", odd.Span);
        }

        if (fallback is not null && !parameter.Admits(fallback.Value))
        {
            faults.Error("E1203", $"bad value '{fallback.Value}' for {declaration.Name("default")}: expected {parameter.Expected}", fallback.Span);
        }

        if (given.TryGetValue(name.Value, out var value))
        {
            if (!parameter.Admits(value)) faults.Error("E1214", $"--param {name.Value}={value}: expected {parameter.Expected}", name.Span);
            _values[name.Value] = value;
        }
        else if (fallback is not null)
        {
            _values[name.Value] = fallback.Value;
        }
        else
        {
            faults.Error("E1214", $"parameter '{name.Value}' has no value: add --param {name.Value}=… ({parameter.Expected}), or a default", name.Span);
        }
    }

    private YamlNode Fill(YamlNode node) => node switch
    {
        YamlText text => Fill(text),
        YamlList list => list with { Items = [.. list.Items.Select(Fill)] },
        YamlMap map => map with { Entries = [.. map.Entries.Select(entry => (entry.Key, Fill(entry.Value)))] },
        _ => node,
    };

    private YamlText Fill(YamlText text)
    {
        if (!text.Value.Contains("${", StringComparison.Ordinal)) return text;
        var filled = new StringBuilder();
        for (var i = 0; i < text.Value.Length; i++)
        {
            if (text.Value.AsSpan(i).StartsWith("$${"))
            {
                filled.Append("${");
                i += 2;
                continue;
            }

            if (!text.Value.AsSpan(i).StartsWith("${"))
            {
                filled.Append(text.Value[i]);
                continue;
            }

            var end = text.Value.IndexOf('}', i);
            if (end < 0)
            {
                faults.Error("E1212", $"'{text.Value}' has '${{' without its brace; write $${{ for the characters themselves", text.Span);
                return text with { Value = "" };
            }

            var name = text.Value[(i + 2)..end];
            filled.Append(ValueOf(name, text));
            i = end;
        }

        return text with { Value = filled.ToString() };
    }

    private string ValueOf(string name, YamlText text)
    {
        if (_values.TryGetValue(name, out var value)) return value;
        if (!_declared.Contains(name, StringComparer.Ordinal))
        {
            var known = _declared.Count == 0 ? "declare it under 'params'" : $"params has {string.Join(", ", _declared)}";
            faults.Error("E1213", $"unknown parameter '${{{name}}}'; {known}{DidYouMean.Suffix(name, _declared)}", text.Span);
        }

        return "";
    }
}
