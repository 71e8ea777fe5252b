using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Spectre.Console;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job check</c>: everything that can be known without a market.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var (file, param) = (JobOptions.File(), JobOptions.Param());
        return new Command("check", "Check a job file, its module and its inputs, offline") { file, param }.Runs(terminal, async (context, cancel) =>
        {
            var path = context.Get(file)!;
            var (read, job, diagnostics) = await JobLoading.ReadAsync(context, path, context.ParamsOf(param), cancel);
            foreach (var diagnostic in diagnostics) context.Error.WriteLine(diagnostic.Render(read.Source));
            if (job is not null) await CheckStagesAsync(job, cancel);

            var document = new CheckDocument(
                "market.check/1", path, job is not null, job?.Stages.Where(stage => stage.Spec.Inputs is not FromInputs).Sum(stage => stage.Tasklets.Length),
                [.. diagnostics.Select(d => new DiagnosticDocument(d.Code, d.Severity, d.Message, d.Span.Line, d.Span.Column))]);
            if (job is not null || context.Json) await context.WriteAsync(document, JobJson.Default.CheckDocument, d => Summary(d, job));
            if (job is null) return ExitCode.FileInvalid;
            context.Say($"[grey]next:[/] market job quote {Markup.Escape(path)}");
            return ExitCode.Ok;
        });
    }

    private static async Task CheckStagesAsync(ResolvedJob job, CancellationToken cancel)
    {
        foreach (var stage in job.Stages)
        {
            if (stage.Spec.Inputs is FromInputs) await PreparedJob.ReadModuleAsync(stage, cancel);
            else await PreparedJob.PrepareAsync(job, stage, cancel);
        }
    }

    private static string Summary(CheckDocument document, ResolvedJob? job)
    {
        if (job is null or { Stages.Length: 1 }) return $"{document.File} ok: {document.Tasklets} tasklets";
        var stages = job.Stages.Select(stage => $"{stage.Spec.Id}({stage.Count?.ToString(CultureInfo.InvariantCulture) ?? "?"})");
        return $"{document.File} ok: {job.Stages.Length} stages, {string.Join(", ", stages)}";
    }
}

internal sealed record CheckDocument(string Schema, string File, bool Valid, int? Tasklets, IReadOnlyList<DiagnosticDocument> Diagnostics);

internal sealed record DiagnosticDocument(string Code, Severity Severity, string Message, int Line, int Column);
