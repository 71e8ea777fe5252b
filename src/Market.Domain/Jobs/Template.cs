using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Market.Domain.Jobs;

/// <summary>What a template's places stand for.</summary>
public enum Place
{
    /// <summary>{index}: the tasklet's position from 0.</summary>
    Index,

    /// <summary>{item}: the item itself; for files their path with forward slashes.</summary>
    Item,

    /// <summary>{name}: the item after its last slash.</summary>
    Name,

    /// <summary>{stem}: <see cref="Name"/> without its last extension.</summary>
    Stem,
}

/// <summary>Text with places, as arguments and output names use: "tile-{index}.ppm". Braces are doubled to stand for themselves.</summary>
public sealed class Template : IEquatable<Template>
{
    private readonly ImmutableArray<(string Literal, Place? Place)> _parts;

    private Template(string source, ImmutableArray<(string, Place?)> parts)
    {
        Source = source;
        _parts = parts;
    }

    /// <summary>As written.</summary>
    public string Source { get; }

    /// <summary>Names of the places, for messages.</summary>
    public static ImmutableArray<string> PlaceNames { get; } = ["index", "item", "name", "stem"];

    /// <summary>Whether every tasklet may get another text.</summary>
    public bool Varies => _parts.Any(part => part.Place is not null);

    /// <summary>Whether it holds a place that stands for the tasklet's item.</summary>
    public bool NeedsItem => _parts.Any(part => part.Place is Place.Item or Place.Name or Place.Stem);

    /// <summary>Reads a template.</summary>
    /// <param name="source">The text.</param>
    /// <param name="template">The template, if it is one.</param>
    /// <param name="unknown">The unknown place, or null if a brace is left open.</param>
    public static bool TryParse(string source, out Template? template, out string? unknown)
    {
        template = null;
        unknown = null;
        var parts = ImmutableArray.CreateBuilder<(string, Place?)>();
        var literal = new StringBuilder();
        for (var i = 0; i < source.Length; i++)
        {
            var c = source[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
                continue;
            }

            if (i + 1 < source.Length && source[i + 1] == c)
            {
                literal.Append(c);
                i++;
                continue;
            }

            var end = source.IndexOf('}', i);
            if (c == '}' || end < 0) return false;
            var name = source[(i + 1)..end];
            var place = PlaceNames.IndexOf(name);
            if (place < 0)
            {
                unknown = name;
                return false;
            }

            parts.Add((literal.ToString(), (Place)place));
            literal.Clear();
            i = end;
        }

        if (literal.Length > 0) parts.Add((literal.ToString(), null));
        template = new Template(source, parts.ToImmutable());
        return true;
    }

    /// <summary>The text for one tasklet.</summary>
    public string Fill(int index, string item)
    {
        var text = new StringBuilder();
        foreach (var (literal, place) in _parts)
        {
            text.Append(literal);
            text.Append(place switch
            {
                Place.Index => index.ToString(CultureInfo.InvariantCulture),
                Place.Item => item,
                Place.Name => NameOf(item),
                Place.Stem => StemOf(item),
                _ => "",
            });
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(Template? other) => other is not null && other.Source == Source;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Template);

    /// <inheritdoc/>
    public override int GetHashCode() => Source.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Source;

    private static string NameOf(string item) => item[(item.LastIndexOf('/') + 1)..];

    private static string StemOf(string item)
    {
        var name = NameOf(item);
        var dot = name.LastIndexOf('.');
        return dot > 0 ? name[..dot] : name;
    }
}
