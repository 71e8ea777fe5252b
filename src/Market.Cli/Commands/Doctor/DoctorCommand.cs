using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Diagnostics;
using Market.Client.Faults;

namespace Market.Cli.Commands.Doctor;

/// <summary><c>market doctor</c>: what this machine has and lacks.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal) =>
        new Command("doctor", "Check tools, build, sandbox, wallets, profile and chain; say how to mend what is missing")
            .Runs(terminal, async (context, cancel) =>
            {
                var findings = await new Client.Diagnostics.Doctor(terminal.Home, terminal.Time).ExamineAsync(context.Profile, cancel);
                await context.WriteAsync(new DoctorDocument("market.doctor/1", findings), DoctorJson.Default.DoctorDocument, Text);
                return findings.Any(f => f.State == FindingState.Broken) ? ExitCode.Internal : ExitCode.Ok;
            });

    private static string Text(DoctorDocument document) => string.Join('\n', document.Findings.Select(f =>
    {
        var mark = f.State switch { FindingState.Ok => "ok  ", FindingState.Warning => "warn", _ => "FAIL" };
        return $"{mark}  {f.Name,-15} {f.Detail}" + (f.Fix.Length > 0 ? $"\n{"",22}next: {f.Fix}" : "");
    }));
}

internal sealed record DoctorDocument(string Schema, IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DoctorDocument))]
internal sealed partial class DoctorJson : JsonSerializerContext;
