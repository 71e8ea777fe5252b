using System.Text;

namespace Market.Wasm.Text;

/// <summary>A node of the text format: an atom (word or string) or a list.</summary>
/// <param name="Atom">The word as written, or null for a list or string.</param>
/// <param name="String">A string's bytes, or null.</param>
/// <param name="Items">A list's members; empty for atoms.</param>
/// <param name="Start">First character in the source.</param>
/// <param name="End">Character after the last.</param>
internal sealed record SExpression(string? Atom, byte[]? String, IReadOnlyList<SExpression> Items, int Start, int End)
{
    /// <summary>The first word of a list, or null.</summary>
    public string? Head => Items.Count > 0 ? Items[0].Atom : null;

    /// <summary>The string as text.</summary>
    public string Text => Encoding.UTF8.GetString(String ?? throw new FormatException($"string expected at {Start}"));

    /// <summary>Reads all top-level nodes of <paramref name="source"/>.</summary>
    /// <exception cref="FormatException">Parentheses, strings or comments do not end.</exception>
    public static IReadOnlyList<SExpression> Parse(string source) => new SExpressionReader(source).ReadAll();
}

/// <summary>Splits the text format (WebAssembly 2.0, chapter 6.3) into nodes; knows nothing of what they mean.</summary>
internal sealed class SExpressionReader(string source)
{
    private int _at;

    public IReadOnlyList<SExpression> ReadAll()
    {
        var open = new Stack<(int Start, List<SExpression> Items)>();
        open.Push((0, []));
        for (SkipSpace(); _at < source.Length; SkipSpace())
        {
            var start = _at;
            switch (source[_at])
            {
                case '(':
                    _at++;
                    open.Push((start, []));
                    break;
                case ')':
                    _at++;
                    if (open.Count == 1) throw new FormatException($"unopened parenthesis at {start}");
                    var (from, items) = open.Pop();
                    open.Peek().Items.Add(new SExpression(null, null, items, from, _at));
                    break;
                case '"':
                    var bytes = ReadString();
                    open.Peek().Items.Add(new SExpression(null, bytes, [], start, _at));
                    break;
                default:
                    while (_at < source.Length && !char.IsWhiteSpace(source[_at]) && source[_at] is not ('(' or ')' or '"' or ';')) _at++;
                    if (_at == start) throw new FormatException($"stray semicolon at {start}");
                    open.Peek().Items.Add(new SExpression(source[start.._at], null, [], start, _at));
                    break;
            }
        }

        return open.Count == 1 ? open.Pop().Items : throw new FormatException($"unclosed parenthesis at {open.Peek().Start}");
    }

    private void SkipSpace()
    {
        while (_at < source.Length)
        {
            if (char.IsWhiteSpace(source[_at])) _at++;
            else if (string.CompareOrdinal(source, _at, ";;", 0, 2) == 0) SkipLine();
            else if (string.CompareOrdinal(source, _at, "(;", 0, 2) == 0) SkipComment();
            else return;
        }
    }

    private void SkipLine()
    {
        while (_at < source.Length && source[_at] != '\n') _at++;
    }

    private void SkipComment()
    {
        var depth = 0;
        do
        {
            if (_at >= source.Length) throw new FormatException("unclosed comment");
            if (string.CompareOrdinal(source, _at, "(;", 0, 2) == 0) depth++;
            else if (string.CompareOrdinal(source, _at, ";)", 0, 2) == 0) depth--;
            else
            {
                _at++;
                continue;
            }

            _at += 2;
        }
        while (depth > 0);
    }

    private byte[] ReadString()
    {
        var start = _at++;
        var bytes = new List<byte>();
        while (true)
        {
            if (_at >= source.Length) throw new FormatException($"unclosed string at {start}");
            var c = source[_at++];
            if (c == '"') return [.. bytes];
            if (c == '\\') Escape(bytes);
            else Add(bytes, char.IsHighSurrogate(c) ? new Rune(c, source[_at++]) : new Rune(c));
        }
    }

    private void Escape(List<byte> bytes)
    {
        var c = source[_at++];
        switch (c)
        {
            case 'n': bytes.Add((byte)'\n'); break;
            case 't': bytes.Add((byte)'\t'); break;
            case 'r': bytes.Add((byte)'\r'); break;
            case '"' or '\'' or '\\': bytes.Add((byte)c); break;
            case 'u':
                var end = source.IndexOf('}', _at);
                Add(bytes, new Rune(Convert.ToInt32(source[(_at + 1)..end], 16)));
                _at = end + 1;
                break;
            default: bytes.Add(Convert.ToByte(source.Substring(_at++ - 1, 2), 16)); break;
        }
    }

    private static void Add(List<byte> bytes, Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
