using System.Collections.Immutable;

namespace Market.Client.JobFiles;

/// <summary>Collects faults while a job file is read, so that all of them are reported at once.</summary>
internal sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _found = [];

    public bool HasErrors => _found.Any(d => d.Severity == Severity.Error);

    public void Error(string code, string message, SourceSpan span) => _found.Add(new Diagnostic(code, Severity.Error, message, span));

    public void Warning(string code, string message, SourceSpan span) => _found.Add(new Diagnostic(code, Severity.Warning, message, span));

    /// <summary>In the file's order.</summary>
    public ImmutableArray<Diagnostic> Sorted() =>
        [.. _found.OrderBy(d => d.Span.Line).ThenBy(d => d.Span.Column).ThenBy(d => d.Code, StringComparer.Ordinal)];
}
