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
    private const string StandardInput = "-";

    /// <summary>Reads and resolves a job file; the diagnostics are complete either way.</summary>
    public static async Task<(JobFileResult File, ResolvedJob? Job, ImmutableArray<Diagnostic> Diagnostics)> ReadAsync(CommandContext context, string path, CancellationToken cancel)
    {
        var file = path == StandardInput
            ? JobFile.Parse("stdin", await context.Terminal.In.ReadToEndAsync(cancel), Directory.GetCurrentDirectory())
            : await JobFile.ReadAsync(path, cancel);
        if (file.File is null) return (file, null, file.Diagnostics);
        var resolved = await JobResolver.ResolveAsync(file.File, cancel);
        return (file, resolved.Job, file.Diagnostics.AddRange(resolved.Diagnostics));
    }

    /// <summary>Reads, resolves, checks the module and names the inputs.</summary>
    /// <exception cref="Client.Faults.MarketException">E1200 with every diagnostic, or the module's fault.</exception>
    public static async Task<PreparedJob> PrepareAsync(CommandContext context, string path, CancellationToken cancel)
    {
        var (file, job, diagnostics) = await ReadAsync(context, path, cancel);
        if (job is null) throw JobFileFault.Of(file.Source, diagnostics);
        foreach (var warning in diagnostics) context.Error.WriteLine(warning.Render(file.Source));
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
