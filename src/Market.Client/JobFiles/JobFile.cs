using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles;

/// <summary>A job file that was read: what it asks for, where it lies, and where each value stands in it.</summary>
public sealed class JobFile
{
    private static readonly IReadOnlyDictionary<string, string> NoParameters = new Dictionary<string, string>();

    private readonly IReadOnlyDictionary<string, SourceSpan> _places;

    internal JobFile(JobSpec spec, SourceText source, string folder, string? path, IReadOnlyDictionary<string, SourceSpan> places)
    {
        Spec = spec;
        FullPath = path;
        Source = source;
        Folder = folder;
        _places = places;
    }

    /// <summary>What it asks for.</summary>
    public JobSpec Spec { get; }

    /// <summary>Its name and text.</summary>
    public SourceText Source { get; }

    /// <summary>Absolute folder that its paths are relative to.</summary>
    public string Folder { get; }

    /// <summary>Absolute path of the file itself; null if its text came from elsewhere.</summary>
    public string? FullPath { get; }

    /// <summary>Where the value at <paramref name="path"/> ("inputs.glob") stands; the first line if it was not written.</summary>
    public SourceSpan PlaceOf(string path) => _places.TryGetValue(path, out var span) ? span : new SourceSpan(1, 1, 1);

    /// <summary>Where a stage's value at <paramref name="path"/> stands; the job's own where the stage took that.</summary>
    public SourceSpan PlaceOf(StageSpec stage, string path) =>
        _places.TryGetValue($"stages[{Spec.Stages.IndexOf(stage)}].{path}", out var span) ? span : PlaceOf(path);

    /// <summary>The absolute path that <paramref name="relative"/> means in this file.</summary>
    public string PathOf(string relative) => Path.GetFullPath(relative, Folder);

    /// <summary>What a file that asks for <paramref name="spec"/> would be, for jobs that are written in code.</summary>
    /// <param name="spec">What it asks for.</param>
    /// <param name="folder">What its paths are relative to.</param>
    internal static JobFile Of(JobSpec spec, string folder) => new(spec, new SourceText("code", ""), folder, null, new Dictionary<string, SourceSpan>());

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="MarketException">E1231: it cannot be opened.</exception>
    public static Task<JobFileResult> ReadAsync(string path, CancellationToken cancel) => ReadAsync(path, NoParameters, cancel);

    /// <summary>Reads the file at <paramref name="path"/> with values for its parameters.</summary>
    /// <exception cref="MarketException">E1231: it cannot be opened.</exception>
    public static async Task<JobFileResult> ReadAsync(string path, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        try
        {
            var full = Path.GetFullPath(path);
            return Parse(path, await File.ReadAllTextAsync(full, cancel), Path.GetDirectoryName(full)!, parameters, full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1231", ExitCode.FileInvalid, $"Cannot read the job file {path}: {e.Message}", "check the path", e);
        }
    }

    /// <summary>Reads a job file's text.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="text">YAML.</param>
    /// <param name="folder">What its paths are relative to.</param>
    /// <param name="parameters">Values for its parameters; null gives none.</param>
    /// <param name="path">Absolute path of the file, if it is one.</param>
    public static JobFileResult Parse(string name, string text, string folder, IReadOnlyDictionary<string, string>? parameters = null, string? path = null)
    {
        var faults = new DiagnosticBag();
        var places = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        var source = new SourceText(name, text);
        var spec = JobFileBinder.Bind(YamlDocumentReader.Read(text, faults), Path.GetFileNameWithoutExtension(name), parameters ?? NoParameters, faults, places);
        var file = spec is null || faults.HasErrors ? null : new JobFile(spec, source, Path.GetFullPath(folder), path, places);
        return new JobFileResult(file, source, faults.Sorted());
    }
}

/// <summary>A job file, or every reason why it is none.</summary>
/// <param name="File">Null if there are errors.</param>
/// <param name="Source">The text that was read.</param>
/// <param name="Diagnostics">Errors and warnings in the file's order.</param>
public sealed record JobFileResult(JobFile? File, SourceText Source, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The file.</summary>
    /// <exception cref="MarketException">E1200 with all diagnostics if there are errors.</exception>
    public JobFile Require() => File ?? throw JobFileFault.Of(Source, Diagnostics);
}

/// <summary>Makes one fault of a job file's diagnostics.</summary>
public static class JobFileFault
{
    /// <summary>E1200, whose message carries every diagnostic.</summary>
    public static MarketException Of(SourceText source, ImmutableArray<Diagnostic> diagnostics)
    {
        var count = diagnostics.Count(d => d.Severity == Severity.Error);
        var text = string.Join('\n', diagnostics.Select(d => d.Render(source)));
        return new MarketException(
            "E1200", ExitCode.FileInvalid, $"{source.Name} has {count} {(count == 1 ? "error" : "errors")}; nothing was sent.\n{text}", $"market job check {source.Name}");
    }
}
