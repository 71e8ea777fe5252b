using System.Collections.Immutable;

namespace Market.Client.JobFiles;

/// <summary>A job whose items, arguments and file names are all known; contents are still on disk.</summary>
/// <param name="File">The job file.</param>
/// <param name="ModulePath">Absolute path of the wasm file.</param>
/// <param name="Tasklets">One for each item, in order.</param>
public sealed record ResolvedJob(JobFile File, string ModulePath, ImmutableArray<ResolvedTasklet> Tasklets);

/// <summary>One tasklet before its contents are read.</summary>
/// <param name="Index">Its position.</param>
/// <param name="Item">The item it works on.</param>
/// <param name="Args">Arguments, the program's name first.</param>
/// <param name="Stdin">Bytes of its standard input, unless they are a file's.</param>
/// <param name="StdinFile">Absolute path of the file that is its standard input, or null.</param>
/// <param name="OutputName">Its output's name in the output directory, with forward slashes.</param>
public sealed record ResolvedTasklet(int Index, string Item, ImmutableArray<string> Args, ReadOnlyMemory<byte> Stdin, string? StdinFile, string OutputName)
{
    /// <summary>The whole standard input.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadStdinAsync(CancellationToken cancel) =>
        StdinFile is null ? Stdin : await System.IO.File.ReadAllBytesAsync(StdinFile, cancel);
}

/// <summary>A resolved job, or every reason why its inputs cannot be had.</summary>
/// <param name="Job">Null if there are errors.</param>
/// <param name="Diagnostics">Errors and warnings in the file's order.</param>
public sealed record ResolvedJobResult(ResolvedJob? Job, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The job.</summary>
    /// <exception cref="Faults.MarketException">E1200 with all diagnostics if there are errors.</exception>
    public ResolvedJob Require(JobFile file) => Job ?? throw JobFileFault.Of(file.Source, Diagnostics);
}
