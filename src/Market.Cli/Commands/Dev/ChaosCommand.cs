using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Development;
using Market.Client.Development.Chaos;
using Market.Client.Faults;
using Market.Domain.Jobs;
using Spectre.Console;

namespace Market.Cli.Commands.Dev;

/// <summary><c>market dev chaos</c>: what a market of strangers goes through, on a local one.</summary>
internal static class ChaosCommand
{
    private static readonly ImmutableArray<(ChaosMode Mode, string Name, string Says)> Modes =
    [
        (ChaosMode.Crash, "--crash", "kill -9 of nodes (started again later) and of their workers"),
        (ChaosMode.Slow, "--slow", "The chain answers up to 1.5 s late; needs dev up --switchboard"),
        (ChaosMode.Partition, "--partition", "A node loses the chain and nobody reaches a node; needs dev up --switchboard"),
        (ChaosMode.Reorg, "--reorg", "Three blocks or more fall out of the chain, with their transactions or without"),
        (ChaosMode.RpcDown, "--rpc-down", "The chain's endpoint refuses connections; needs dev up --switchboard"),
    ];

    public static Command Create(Terminal terminal)
    {
        var modes = Modes.Select(m => (m.Mode, Option: new Option<bool>(m.Name) { Description = m.Says })).ToList();
        var seed = new Option<int?>("--seed") { Description = "Repeats the choices of an earlier run; drawn and printed without it", HelpName = "n" };
        var length = Time("--for", "No strike begins later than this", "1m");
        var strikes = new Option<int>("--strikes") { Description = "Most strikes", DefaultValueFactory = _ => int.MaxValue, HelpName = "n" };
        var pause = Time("--pause", "Mean time between strikes", "5s");
        var longest = Time("--longest", "Longest that one strike lasts", "30s");
        var command = new Command("chaos", "Break the local market at random and mend it: deaths, cuts, delays, reorganisations") { seed, length, strikes, pause, longest };
        var liar = new Option<string?>("--liar") { Description = "The first node is started again as the tests' faulty one, which lies about this (value by default)", HelpName = "lie", Arity = ArgumentArity.ZeroOrOne };
        command.Add(liar);
        foreach (var (_, option) in modes) command.Add(option);
        return command.Runs(terminal, async (context, cancel) =>
        {
            var options = new ChaosOptions
            {
                Modes = [.. modes.Where(m => context.Get(m.Option)).Select(m => m.Mode)],
                Seed = context.Get(seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
                Length = TimeOf(context, length),
                Strikes = context.Get(strikes),
                Pause = TimeOf(context, pause),
                Longest = TimeOf(context, longest),
            };
            if (context.Has(liar)) await LetLieAsync(context, terminal, context.Get(liar) ?? "value", cancel);
            if (options.Modes.IsEmpty && context.Has(liar)) return ExitCode.Ok;
            if (options.Modes.IsEmpty) throw new MarketException("E1201", ExitCode.Usage, "Nothing was named that should go wrong.", "for example market dev chaos --crash --reorg");
            context.Say($"seed {options.Seed}");
            var count = 0;
            await foreach (var (strike, node) in new ChaosRun(terminal.Home, options, terminal.Time).RunAsync(cancel))
            {
                count++;
                var document = new StrikeDocument("market.strike/1", options.Seed, strike.Number, strike.Mode, strike.Describe(node));
                await context.WriteAsync(document, ChaosJson.Default.StrikeDocument, d => $"{d.Number}: {d.Text}");
            }

            context.Say($"{count} strikes; all lines are open and all nodes are up again. [grey]next:[/] market dev audit");
            return ExitCode.Ok;
        });
    }

    // Only the first time: what it committed to honestly it goes on defending.
    private static async Task LetLieAsync(CommandContext context, Terminal terminal, string lie, CancellationToken cancel)
    {
        var market = LocalMarketFile.Read(terminal.Home) ?? throw new MarketException("E1009", ExitCode.Usage, "No local market was started.", "market dev up");
        var local = new LocalMarket(terminal.Home, terminal.Time);
        await local.KillNodeAsync(market.Nodes[0].Name, cancel);
        local.StartNodeAgain(market.Nodes[0].Name, new Dictionary<string, string?> { [LocalMarket.LieVariable] = lie });
        await local.WaitUntilReadyAsync(LocalMarketFile.Read(terminal.Home)!, new LocalMarketOptions().ReadyLimit, cancel);
        context.Say(Markup.Escape($"{market.Nodes[0].Name} lies about {lie} from now on") + " [grey]next:[/] market challenger run, and market job run samples/fractal/small.yaml");
    }

    private static Option<string> Time(string name, string says, string value) =>
        new(name) { Description = says, DefaultValueFactory = _ => value, HelpName = "time" };

    private static TimeSpan TimeOf(CommandContext context, Option<string> option) =>
        Duration.TryParse(context.Get(option)!, out var time) && time > TimeSpan.Zero
            ? time
            : throw new MarketException("E1203", ExitCode.Usage, $"'{context.Get(option)}' is no length of time.", $"{option.Name} 30s");
}

/// <summary>One strike, as one line of a stream.</summary>
internal sealed record StrikeDocument(string Schema, int Seed, int Number, ChaosMode Mode, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StrikeDocument))]
internal sealed partial class ChaosJson : JsonSerializerContext;
