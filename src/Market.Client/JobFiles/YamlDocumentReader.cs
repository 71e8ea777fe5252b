using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Market.Client.JobFiles;

/// <summary>Turns YAML text into nodes with places. Refuses what the market's files have no use for: anchors, tags, several documents.</summary>
internal sealed class YamlDocumentReader
{
    private const int MaxDepth = 32;
    private readonly Parser _parser;
    private readonly DiagnosticBag _faults;

    private YamlDocumentReader(string text, DiagnosticBag faults)
    {
        _parser = new Parser(new StringReader(text));
        _faults = faults;
    }

    /// <summary>The document's root, or null if it has none or its syntax is broken, which is then reported.</summary>
    public static YamlNode? Read(string text, DiagnosticBag faults)
    {
        var reader = new YamlDocumentReader(text, faults);
        try
        {
            return reader.ReadDocument();
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet 18.1's scanner fails so, instead of with its own exception, at a ':' inside an open flow mapping.
            var last = reader._parser.Current is { } part ? SpanOf(part) : new SourceSpan(1, 1, 1);
            faults.Error("E1202", "this is not YAML: nothing sensible follows here; is a brace, bracket or quote left open?", last);
            return null;
        }
        catch (YamlException e)
        {
            var at = e.Start;
            faults.Error("E1202", $"this is not YAML: {Lowered(e.Message)}", new SourceSpan(Math.Max(1, (int)at.Line), Math.Max(1, (int)at.Column), 1));
            return null;
        }
    }

    private static string Lowered(string message)
    {
        // Parser messages may start with their own place, "(Line: 3, Col: 1, Idx: 20) - (...): ".
        var end = message.LastIndexOf("): ", StringComparison.Ordinal);
        var text = (end < 0 ? message : message[(end + 3)..]).TrimEnd('.');
        return text.Length == 0 ? "unreadable" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static SourceSpan SpanOf(ParsingEvent part)
    {
        var sameLine = part.End.Line == part.Start.Line;
        return new SourceSpan((int)part.Start.Line, (int)part.Start.Column, sameLine ? Math.Max(1, (int)(part.End.Column - part.Start.Column)) : 1);
    }

    private YamlNode? ReadDocument()
    {
        Next();
        if (!_parser.MoveNext() || _parser.Current is StreamEnd)
        {
            _faults.Error("E1202", "the file is empty", new SourceSpan(1, 1, 1));
            return null;
        }

        Next();
        var root = ReadNode(0);
        Next();
        Next();
        if (_parser.Current is DocumentStart second) _faults.Error("E1202", "the file holds one document", SpanOf(second));
        return root;
    }

    /// <summary>Reads the node that the parser stands on; leaves it on the node's last event.</summary>
    private YamlNode ReadNode(int depth)
    {
        var part = _parser.Current!;
        if (depth > MaxDepth) throw new YamlException(part.Start, part.End, "nested too deeply");
        if (part is NodeEvent node && !node.Anchor.IsEmpty) _faults.Error("E1202", "anchors and aliases are not allowed", SpanOf(part));
        if (part is NodeEvent { Tag.IsEmpty: false } tagged && !tagged.Tag.IsNonSpecific) _faults.Error("E1202", "tags are not allowed", SpanOf(part));
        return part switch
        {
            Scalar scalar => ReadText(scalar),
            SequenceStart start => ReadList(start, depth),
            MappingStart start => ReadMap(start, depth),
            AnchorAlias => ReadAlias(part),
            _ => throw new YamlException(part.Start, part.End, "unexpected content"),
        };
    }

    private YamlText ReadAlias(ParsingEvent part)
    {
        _faults.Error("E1202", "anchors and aliases are not allowed", SpanOf(part));
        return new YamlText(SpanOf(part), "", IsNull: true);
    }

    private static YamlText ReadText(Scalar scalar)
    {
        var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null";
        return new YamlText(SpanOf(scalar), scalar.Value, isNull);
    }

    private YamlList ReadList(SequenceStart start, int depth)
    {
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        for (Next(); _parser.Current is not SequenceEnd; Next()) items.Add(ReadNode(depth + 1));
        return new YamlList(SpanOf(start), items.ToImmutable());
    }

    private YamlMap ReadMap(MappingStart start, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<(YamlText, YamlNode)>();
        var seen = new Dictionary<string, YamlText>(StringComparer.Ordinal);
        for (Next(); _parser.Current is not MappingEnd; Next())
        {
            var key = ReadNode(depth + 1);
            Next();
            var value = ReadNode(depth + 1);
            if (key is not YamlText text)
            {
                _faults.Error("E1202", "a key is a plain word", key.Span);
            }
            else if (!seen.TryAdd(text.Value, text))
            {
                _faults.Error("E1205", $"'{text.Value}' is given twice, first on line {seen[text.Value].Span.Line}", text.Span);
            }
            else
            {
                entries.Add((text, value));
            }
        }

        return new YamlMap(SpanOf(start), entries.ToImmutable());
    }

    private void Next()
    {
        if (!_parser.MoveNext()) throw new YamlException("the file ends too early");
    }
}
