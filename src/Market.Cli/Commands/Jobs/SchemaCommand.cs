using System.CommandLine;
using System.Text.Json;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.JobFiles.Format;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job schema</c>: the JSON schema of job files, for editors.</summary>
internal static class SchemaCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(Terminal terminal) =>
        new Command("schema", "Print the JSON schema of job files, for editors").Runs(terminal, async (context, cancel) =>
        {
            await context.Terminal.Out.WriteLineAsync(JobSchema.Create().ToJsonString(Indented).AsMemory(), cancel);
            return ExitCode.Ok;
        });
}
