using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;

namespace Market.Client.JobFiles;

/// <summary>Reads the known keys of one mapping; <see cref="Finish"/> reports the rest.</summary>
/// <param name="map">The mapping.</param>
/// <param name="path">Its path from the root, for messages: <c>sla</c>; empty for the root.</param>
/// <param name="faults">Where faults go.</param>
/// <param name="places">Collects each value's place by its path, for faults found later.</param>
/// <param name="shape">The record that lists the mapping's keys; null takes those that are asked for.</param>
internal sealed class MapReader(YamlMap map, string path, DiagnosticBag faults, Dictionary<string, SourceSpan> places, Type? shape = null)
{
    /// <summary>Reads a value's text.</summary>
    public delegate bool TryParse<T>(string? text, out T value);

    private readonly List<string> _known = [];
    private readonly PropertyInfo[] _keys = shape?.GetProperties(BindingFlags.Public | BindingFlags.Instance) ?? [];

    public SourceSpan Span => map.Span;

    /// <summary>Whether <paramref name="key"/> was written.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Where <paramref name="key"/> itself stands, or the mapping if it does not.</summary>
    public SourceSpan KeySpan(string key) =>
        map.Entries.FirstOrDefault(entry => entry.Key.Value == key).Key?.Span ?? map.Span;

    /// <summary>A scalar's text, or null; another kind of node is reported.</summary>
    public YamlText? Text(string key, bool required = false)
    {
        var node = Take(key, required);
        if (node is YamlText { IsNull: false } text) return text;
        if (node is not null) faults.Error("E1206", $"{Name(key)} takes a value, not {node.Kind}", node.Span);
        return null;
    }

    /// <summary>A scalar that <paramref name="parse"/> reads and <paramref name="accept"/> admits.</summary>
    /// <param name="key">The key.</param>
    /// <param name="parse">Reads the text.</param>
    /// <param name="expected">What would be right, with an example.</param>
    /// <param name="accept">Further bounds; null admits all.</param>
    /// <param name="required">Whether absence is a fault.</param>
    public T? Value<T>(string key, TryParse<T> parse, string expected, Func<T, bool>? accept = null, bool required = false)
        where T : struct
    {
        if (Text(key, required) is not { } text) return null;
        if (parse(text.Value, out var value) && (accept is null || accept(value))) return value;
        faults.Error("E1203", $"bad value '{text.Value}' for {Name(key)}: expected {expected}", text.Span);
        return null;
    }

    /// <summary>One of <paramref name="words"/>; null after reporting anything else.</summary>
    public string? Word(string key, params string[] words)
    {
        if (Text(key) is not { } text) return null;
        if (words.Contains(text.Value, StringComparer.Ordinal)) return text.Value;
        faults.Error(
            "E1203", $"bad value '{text.Value}' for {Name(key)}: expected {string.Join(" or ", words)}{DidYouMean.Suffix(text.Value, words)}", text.Span);
        return null;
    }

    /// <summary>A nested mapping.</summary>
    public MapReader? Map(string key, bool required = false)
    {
        var node = Take(key, required);
        if (node is YamlMap inner) return new MapReader(inner, Path(key), faults, places, ShapeOf(key));
        if (node is not null) faults.Error("E1206", $"{Name(key)} takes a mapping, not {node.Kind}", node.Span);
        return null;
    }

    /// <summary>The mappings of a list; other items are reported. Null if the key was not written.</summary>
    public ImmutableArray<MapReader>? Maps(string key)
    {
        var node = Take(key, required: false);
        if (node is YamlList list)
        {
            var maps = ImmutableArray.CreateBuilder<MapReader>();
            foreach (var (item, i) in list.Items.Select((item, i) => (item, i)))
            {
                if (item is YamlMap inner) maps.Add(new MapReader(inner, $"{Path(key)}[{i}]", faults, places, ShapeOf(key)));
                else faults.Error("E1206", $"{Name(key)} is a list of mappings; this is {item.Kind}", item.Span);
            }

            return maps.ToImmutable();
        }

        if (node is not null) faults.Error("E1206", $"{Name(key)} takes a list, not {node.Kind}", node.Span);
        return null;
    }

    /// <summary>The entries of a mapping whose keys the user chooses; values that are no mappings are reported.</summary>
    public IEnumerable<(YamlText Key, MapReader Value)> Entries(string key)
    {
        var node = Take(key, required: false);
        if (node is YamlMap chosen)
        {
            foreach (var (name, value) in chosen.Entries)
            {
                if (value is YamlMap inner) yield return (name, new MapReader(inner, $"{Path(key)}.{name.Value}", faults, places, ShapeOf(key)));
                else faults.Error("E1206", $"'{Path(key)}.{name.Value}' takes a mapping, not {value.Kind}", value.Span);
            }
        }
        else if (node is not null)
        {
            faults.Error("E1206", $"{Name(key)} takes a mapping, not {node.Kind}", node.Span);
        }
    }

    /// <summary>A list of scalars, or one scalar that stands for a list of one.</summary>
    public ImmutableArray<YamlText>? TextOrTexts(string key) =>
        Find(key) is YamlText { IsNull: false } ? [Text(key)!] : Texts(key);

    /// <summary>A list of scalars.</summary>
    public ImmutableArray<YamlText>? Texts(string key)
    {
        var node = Take(key, required: false);
        if (node is YamlList list)
        {
            foreach (var item in list.Items.Where(item => item is not YamlText { IsNull: false }))
            {
                faults.Error("E1206", $"{Name(key)} is a list of values; this is {item.Kind}", item.Span);
            }

            return [.. list.Items.OfType<YamlText>()];
        }

        if (node is not null) faults.Error("E1206", $"{Name(key)} takes a list, not {node.Kind}", node.Span);
        return null;
    }

    /// <summary>Reports <paramref name="key"/>, if written, as part of the format that this version does not run yet.</summary>
    public void NotYet(string key, string instead)
    {
        _known.Add(key);
        if (Find(key) is not null)
        {
            faults.Error("E1210", $"{Name(key)} is not in this version; {instead}", KeySpan(key));
        }
    }

    /// <summary>Takes note that <paramref name="key"/> was read by another reader.</summary>
    public void Known(string key) => Take(key, required: false);

    /// <summary>Whether a mapping in the list at <paramref name="list"/> lacks <paramref name="key"/>.</summary>
    public bool HasItemWithout(string list, string key) =>
        Find(list) is YamlList { Items: var items } && items.Any(item => item is not YamlMap map || map.Entries.All(entry => entry.Key.Value != key));

    /// <summary>Where the value at <paramref name="at"/> stands, from the root; the mapping itself if it was not written.</summary>
    public SourceSpan PlaceOf(string at) => TryPlaceOf(at, out var span) ? span : Span;

    /// <summary>Where the value at <paramref name="at"/> stands, from the root.</summary>
    public bool TryPlaceOf(string at, out SourceSpan span) => places.TryGetValue(at, out span);

    /// <summary>Reports every key that was not asked for.</summary>
    public void Finish()
    {
        if (shape is not null && _keys.Select(KeyOf).Except(_known, StringComparer.Ordinal).FirstOrDefault() is { } forgotten)
        {
            throw new InvalidOperationException($"the binder never reads '{forgotten}' of {shape.Name}");
        }

        foreach (var (key, _) in map.Entries.Where(entry => !_known.Contains(entry.Key.Value)))
        {
            var where = path.Length == 0 ? "the file" : path;
            faults.Error("E1203", $"unknown key '{key.Value}' in {where}{DidYouMean.Suffix(key.Value, _known)}", key.Span);
        }
    }

    private YamlNode? Take(string key, bool required)
    {
        if (shape is not null && !_keys.Any(property => KeyOf(property) == key)) throw new InvalidOperationException($"{shape.Name} has no key '{key}'");
        _known.Add(key);
        var node = Find(key);
        if (node is not null) places[Path(key)] = node.Span;
        if (node is null && required) faults.Error("E1204", $"{Name(key)} is missing", map.Span);
        return node;
    }

    /// <summary>The record of the mappings that stand at <paramref name="key"/>: its type, or that of its items.</summary>
    private Type? ShapeOf(string key) => _keys.FirstOrDefault(property => KeyOf(property) == key)?.PropertyType switch
    {
        { IsGenericType: true } many => many.GetGenericArguments()[^1],
        var one => one,
    };

    private static string KeyOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private YamlNode? Find(string key) => map.Entries.FirstOrDefault(entry => entry.Key.Value == key).Value;

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The key with its path, quoted, for messages.</summary>
    public string Name(string key) => $"'{Path(key)}'";
}
