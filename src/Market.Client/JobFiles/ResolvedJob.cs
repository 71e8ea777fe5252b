using System.Collections.Immutable;
using Market.Domain.Jobs;

namespace Market.Client.JobFiles;

/// <summary>A job whose items, arguments and file names are known as far as they can be before it runs; contents are still on disk.</summary>
/// <param name="File">The job file.</param>
/// <param name="Stages">One for each of the job's stages, in their order.</param>
public sealed record ResolvedJob(JobFile File, ImmutableArray<ResolvedStage> Stages)
{
    /// <summary>The stage of a job of one task.</summary>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    public ResolvedStage Only => Stages.Length == 1 ? Stages[0] : throw new InvalidOperationException($"the job has {Stages.Length} stages");

    /// <summary>The stage whose outputs are the results.</summary>
    public ResolvedStage Result => Stages.First(stage => stage.Spec.Id == File.Spec.Output.From);

    /// <summary>The output name of the result stage's tasklet <paramref name="index"/>, with forward slashes.</summary>
    public string OutputName(int index) =>
        index < Result.Tasklets.Length ? Result.Tasklets[index].OutputName : File.Spec.Output.Name.Fill(index, ItemOf(Result, index));

    /// <summary>The item that tasklet <paramref name="index"/> works on, its own or its only ancestor's; the index where there is none.</summary>
    public string ItemOf(ResolvedStage stage, int index)
    {
        while (stage.Spec.Inputs is EachInputs { Parents: [var parent] }) stage = Stages.First(other => other.Spec.Id == parent);
        return index < stage.Tasklets.Length ? stage.Tasklets[index].Item : index.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>One stage before its contents are read.</summary>
/// <param name="Spec">What it asks for.</param>
/// <param name="ModulePath">Absolute path of the wasm file.</param>
/// <param name="Tasklets">One for each item, in order; none for a stage that reads others.</param>
/// <param name="Count">How many tasklets it will have; null where outputs decide.</param>
public sealed record ResolvedStage(StageSpec Spec, string ModulePath, ImmutableArray<ResolvedTasklet> Tasklets, int? Count)
{
    /// <summary>The program's name, the first argument of every tasklet.</summary>
    public string Program => Path.GetFileName(ModulePath);
}

/// <summary>One tasklet before its contents are read.</summary>
/// <param name="Index">Its position.</param>
/// <param name="Item">The item it works on.</param>
/// <param name="Args">Arguments, the program's name first.</param>
/// <param name="Stdin">Bytes of its standard input, unless they are a file's.</param>
/// <param name="StdinFile">Absolute path of the file that is its standard input, or null.</param>
/// <param name="OutputName">Its output's name in the output directory, with forward slashes, if its stage gives the results.</param>
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
