using System.Collections.Immutable;

namespace Market.Client.JobFiles;

/// <summary>Reads the known keys of one mapping; <see cref="Finish"/> reports the rest.</summary>
/// <param name="map">The mapping.</param>
/// <param name="path">Its path from the root, for messages: <c>sla</c>; empty for the root.</param>
/// <param name="faults">Where faults go.</param>
/// <param name="places">Collects each value's place by its path, for faults found later.</param>
internal sealed class MapReader(YamlMap map, string path, DiagnosticBag faults, Dictionary<string, SourceSpan> places)
{
    /// <summary>Reads a value's text.</summary>
    public delegate bool TryParse<T>(string? text, out T value);

    private readonly List<string> _known = [];

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
        if (node is YamlMap inner) return new MapReader(inner, Path(key), faults, places);
        if (node is not null) faults.Error("E1206", $"{Name(key)} takes a mapping, not {node.Kind}", node.Span);
        return null;
    }

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
        if (Take(key, required: false) is not null)
        {
            faults.Error("E1210", $"{Name(key)} is not in this version; {instead}", KeySpan(key));
        }
    }

    /// <summary>Reports every key that was not asked for.</summary>
    public void Finish()
    {
        foreach (var (key, _) in map.Entries.Where(entry => !_known.Contains(entry.Key.Value)))
        {
            var where = path.Length == 0 ? "the file" : path;
            faults.Error("E1203", $"unknown key '{key.Value}' in {where}{DidYouMean.Suffix(key.Value, _known)}", key.Span);
        }
    }

    private YamlNode? Take(string key, bool required)
    {
        _known.Add(key);
        var node = Find(key);
        if (node is not null) places[Path(key)] = node.Span;
        if (node is null && required) faults.Error("E1204", $"{Name(key)} is missing", map.Span);
        return node;
    }

    private YamlNode? Find(string key) => map.Entries.FirstOrDefault(entry => entry.Key.Value == key).Value;

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The key with its path, quoted, for messages.</summary>
    public string Name(string key) => $"'{Path(key)}'";
}
