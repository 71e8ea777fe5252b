using System.CommandLine;
using System.Globalization;
using System.Text;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Domain.Jobs;
using Market.Hashing;
using Market.Wasm;

namespace Market.Cli.Commands.Tasks;

/// <summary><c>market task inspect</c>: whether the market takes a module, and what it needs.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal) =>
        new Command("inspect", "Say whether the market takes a module, what it imports and how much memory it wants") { TaskCommand.Module }
            .Runs(terminal, async (context, cancel) =>
            {
                var path = context.Get(TaskCommand.Module)!;
                var bytes = await TaskCommand.ReadModuleAsync(path, cancel);
                if (Canonicaliser.Canonicalise(bytes) is not Canonicalisation.Accepted { Module: var canonical })
                {
                    var refusal = ((Canonicalisation.Refused)Canonicaliser.Canonicalise(bytes)).Refusal;
                    throw new MarketException("E1301", ExitCode.FileInvalid, $"{path} cannot run on the market: {refusal}.", "build it for WASI preview 1, without threads, SIMD or exceptions");
                }

                var summary = ModuleSummary.Read(bytes)!;
                var document = new ModuleDocument(
                    "market.module/1", BlobName.Of(bytes).ToString(), canonical.Name.ToString(), Canonicaliser.Version, summary.Functions, summary.DataBytes,
                    canonical.InitialPages, canonical.MaximumPages,
                    [.. summary.Imports.Select(i => new ImportDocument(i.Module, i.Name, i.Type, i.Provided))]);
                await context.WriteAsync(document, TaskJson.Default.ModuleDocument, d => Text(path, d));
                return ExitCode.Ok;
            });

    private static string Text(string path, ModuleDocument d)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{path}: the market runs it");
        text.AppendLine(CultureInfo.InvariantCulture, $"  module     {d.Module}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  canonical  {d.Canonical} (version {d.CanonicaliserVersion})");
        text.AppendLine(CultureInfo.InvariantCulture, $"  code       {d.Functions} functions, {d.DataBytes} bytes of data");
        text.AppendLine(CultureInfo.InvariantCulture, $"  memory     {Pages(d.InitialPages)} at the start, {(d.MaximumPages is { } most ? $"at most {Pages(most)}" : "no limit of its own")}");
        text.Append(d.Imports.Count == 0 ? "  imports    none" : "  imports");
        foreach (var import in d.Imports)
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"    {import.Module}.{import.Name} {import.Type}{(import.Provided ? "" : "  not supported: returns ENOSYS")}");
        }

        return text.ToString();
    }

    private static string Pages(uint pages) => new ByteSize(pages * LimitSpec.PageSize).ToString();
}
