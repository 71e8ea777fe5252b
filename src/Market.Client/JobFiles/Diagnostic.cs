using System.Globalization;

namespace Market.Client.JobFiles;

/// <summary>Whether a job file can still be used.</summary>
public enum Severity
{
    /// <summary>It cannot.</summary>
    Error,

    /// <summary>It can, but the user should know.</summary>
    Warning,
}

/// <summary>A place in a job file; lines and columns count from 1.</summary>
public readonly record struct SourceSpan(int Line, int Column, int Length);

/// <summary>One fault of a job file or of what it names.</summary>
/// <param name="Code">E12xx or W13xx.</param>
/// <param name="Severity">Error or warning.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Span">Where.</param>
public sealed record Diagnostic(string Code, Severity Severity, string Message, SourceSpan Span)
{
    /// <summary>
    /// Compiler style, with the line and a caret line under it:
    /// <c>logs.yaml:9:5: error E1203: unknown key 'redundency' in sla; did you mean 'redundancy'?</c>
    /// </summary>
    public string Render(SourceText source)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"{source.Name}:{Span.Line}:{Span.Column}: {(Severity == Severity.Error ? "error" : "warning")} {Code}: {Message}");
        if (source.Line(Span.Line) is not { } line) return head;
        var number = Span.Line.ToString(CultureInfo.InvariantCulture);
        var before = Math.Clamp(Span.Column - 1, 0, line.Length);
        // Tabs stay tabs, so that the caret stands under its column at any tab width.
        var indent = string.Concat(line[..before].Select(c => c == '\t' ? '\t' : ' '));
        var carets = new string('^', Math.Max(1, Math.Min(Span.Length, line.Length - before)));
        return $"{head}\n{number,4} | {line}\n     | {indent}{carets}";
    }
}

/// <summary>A file's name, as the user gave it, and its text.</summary>
public sealed record SourceText(string Name, string Text)
{
    private readonly string[] _lines = Text.ReplaceLineEndings("\n").Split('\n');

    /// <summary>Line <paramref name="number"/>, from 1; null outside the text or if it is blank.</summary>
    public string? Line(int number) =>
        number >= 1 && number <= _lines.Length && _lines[number - 1].Trim().Length > 0 ? _lines[number - 1] : null;
}
