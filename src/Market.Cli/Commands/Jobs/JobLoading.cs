using System.Collections.Immutable;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary>From a file's name to a job that can be quoted.</summary>
internal static class JobLoading
{
    /// <summary>Stands for standard input where a file is named.</summary>
    public const string StandardInput = "-";

    /// <summary>Reads and resolves a job file; the diagnostics are complete either way.</summary>
    public static async Task<(JobFileResult File, ResolvedJob? Job, ImmutableArray<Diagnostic> Diagnostics)> ReadAsync(
        CommandContext context, string path, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var file = path == StandardInput
            ? JobFile.Parse("stdin", await context.Terminal.In.ReadToEndAsync(cancel), Directory.GetCurrentDirectory(), parameters)
            : await JobFile.ReadAsync(path, parameters, cancel);
        if (file.File is null) return (file, null, file.Diagnostics);
        var resolved = await JobResolver.ResolveAsync(file.File, cancel);
        return (file, resolved.Job, file.Diagnostics.AddRange(resolved.Diagnostics));
    }

    /// <summary>Reads and resolves a job of any number of stages.</summary>
    /// <exception cref="MarketException">E1200 with every diagnostic.</exception>
    public static async Task<ResolvedJob> ResolveAsync(CommandContext context, string path, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var (file, job, diagnostics) = await ReadAsync(context, path, parameters, cancel);
        if (job is null) throw JobFileFault.Of(file.Source, diagnostics);
        foreach (var warning in diagnostics) context.Error.WriteLine(warning.Render(file.Source));
        return job;
    }

    /// <summary>Reads, resolves, checks the module and names the inputs of a job of one task without parameters.</summary>
    /// <exception cref="MarketException">E1200 with every diagnostic, or the module's fault.</exception>
    public static Task<PreparedJob> PrepareAsync(CommandContext context, string path, CancellationToken cancel) =>
        PrepareAsync(context, path, new Dictionary<string, string>(), cancel);

    /// <summary>Reads, resolves, checks the module and names the inputs of a job of one task.</summary>
    /// <exception cref="MarketException">E1200 with every diagnostic, or the module's fault; E1242: the job has several stages.</exception>
    public static async Task<PreparedJob> PrepareAsync(CommandContext context, string path, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var job = await ResolveAsync(context, path, parameters, cancel);
        if (job.Stages.Length > 1)
        {
            throw new MarketException("E1242", ExitCode.FileInvalid, $"{path} has {job.Stages.Length} stages, and this command takes jobs of one task; nothing was sent.", $"market job quote {path}");
        }

        return await PreparedJob.PrepareAsync(job, cancel);
    }

    /// <summary>Runs samples here unless told not to, and says what came of it.</summary>
    public static async Task<LocalRun?> RunLocallyAsync(CommandContext context, MarketClient market, PreparedJob job, bool skip, CancellationToken cancel)
    {
        if (skip) return null;
        var run = await market.RunLocallyAsync(job, cancel);
        context.Say(Markup.Escape($"Checked locally on '{run.Item}': {run.Fuel} fuel, {run.Elapsed.TotalMilliseconds:0} ms, ran twice, same result"));
        return run;
    }
}
