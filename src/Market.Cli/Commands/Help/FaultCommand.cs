using System.CommandLine;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Faults;

namespace Market.Cli.Commands.Help;

/// <summary><c>market explain</c>: what an error's code means and what to do, offline.</summary>
internal static class FaultCommand
{
    public static Command Create(Terminal terminal)
    {
        var code = new Argument<string?>("code") { Description = "Such as E2104; without it, the list of all codes", Arity = ArgumentArity.ZeroOrOne };
        code.CompletionSources.Add(_ => FaultCatalogue.Pages.Keys.Select(known => new System.CommandLine.Completions.CompletionItem(known)));
        return new Command("explain", "Say what an error's code means and what to do") { code }.Runs(terminal, async (context, cancel) =>
        {
            var pages = context.Get(code) is { } wanted ? [PageOf(wanted)] : FaultCatalogue.Pages.Values.ToArray();
            await context.WriteAsync(new FaultPagesDocument("market.faults/1", pages), FaultPagesJson.Default.FaultPagesDocument, Text);
            return ExitCode.Ok;
        });
    }

    private static FaultPage PageOf(string code) => FaultCatalogue.Pages.TryGetValue(code.ToUpperInvariant(), out var page)
        ? page
        : throw new MarketException("E1203", ExitCode.Usage, $"'{code}' is no code of this program.", "market explain lists all");

    private static string Text(FaultPagesDocument document) => document.Pages is [var only]
        ? $"{only.Code}  {only.Title}\n\n{only.Text}"
        : string.Join('\n', document.Pages.Select(page => $"{page.Code}  {page.Title}"));
}

internal sealed record FaultPagesDocument(string Schema, IReadOnlyList<FaultPage> Pages);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FaultPagesDocument))]
internal sealed partial class FaultPagesJson : JsonSerializerContext;
