using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Market.Cli.Shell;
using Market.Client.Development;
using Market.Client.Development.Wiring;
using Market.Client.Faults;
using Market.Ethereum.Rpc;
using Market.Hashing;
using Spectre.Console;

namespace Market.Cli.Commands.Dev;

/// <summary><c>market dev</c>: a whole market on this machine, with play money.</summary>
internal static class DevCommand
{
    public static Command Create(Terminal terminal) =>
        new("dev", "A local market for development: chain, contracts, funded wallets, staked nodes")
        {
            Up(terminal), Down(terminal), Status(terminal), Faucet(terminal), Time(terminal), AuditCommand.Create(terminal), ChaosCommand.Create(terminal), Board(terminal),
        };

    private static Command Up(Terminal terminal)
    {
        var nodes = new Option<int>("--nodes") { Description = "Nodes to start, 1 to 16", DefaultValueFactory = _ => 3, HelpName = "n" };
        var level = new Option<int?>("--attestation") { Description = "Attestation level of the nodes: 0 self-declared, 1 benchmarked by others (default with 3 or more nodes)", HelpName = "level" };
        var block = new Option<int>("--block-ms") { Description = "Milliseconds between blocks", DefaultValueFactory = _ => 250, HelpName = "ms" };
        var anvil = new Option<string?>("--anvil") { Description = "Path of an anvil binary to run as the chain instead of Hardhat: it keeps its state on disk, once a second", HelpName = "path" };
        var board = new Option<bool>("--switchboard") { Description = "Lead all connections through a process that dev chaos can slow and cut them with" };
        var lie = new Option<string?>("--liar") { Description = "Let the first node be the tests' faulty one, which lies about this: value, memory, branch, call, float, output, exit, fuel, trap, input, stall, forge, equivocate, withhold, vanish, silent or idle; several for several nodes, with commas", HelpName = "lie" };
        return new Command("up", "Start a chain on 127.0.0.1, deploy, stake and start the nodes; use its profile") { nodes, level, block, anvil, board, lie }
            .Runs(terminal, async (context, cancel) =>
            {
                var count = context.Get(nodes);
                if (count is < 1 or > 16) throw new MarketException("E1201", ExitCode.Usage, $"--nodes {count}: between 1 and 16.", "market dev up --nodes 3");
                if (context.Get(anvil) is { } binary && !File.Exists(binary)) throw new MarketException("E1201", ExitCode.Usage, $"--anvil {binary}: there is no such file.", "npm install @foundry-rs/anvil-linux-amd64, then the path of its bin/anvil");
                var options = new LocalMarketOptions
                {
                    Nodes = count,
                    Lies = context.Get(lie)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                    Challenger = context.Get(lie) is not null,
                    // Level 1 takes statements of two devices of other owners.
                    AttestationLevel = context.Get(level) ?? (count >= 3 ? 1 : 0),
                    Switchboard = context.Get(board),
                    Anvil = context.Get(anvil),
                    BlockTime = TimeSpan.FromMilliseconds(Math.Clamp(context.Get(block), 50, 60_000)),
                };
                var market = await new LocalMarket(terminal.Home, terminal.Time).UpAsync(options, context.Steps(), cancel);
                await context.WriteAsync(DevDocument.Of(market), DevJson.Default.DevDocument, _ => $"local market up: profile {market.Profile}, wallet {market.Wallet}");
                context.Say("[grey]next:[/] market job run samples/fractal/job.yaml  ·  market dev status  ·  market dev down");
                return ExitCode.Ok;
            });
    }

    // Started by dev up; nobody calls it by hand.
    private static Command Board(Terminal terminal) =>
        new Command("switchboard", "Serve the local market's lines") { Hidden = true }.Runs(terminal, async (context, cancel) =>
        {
            await new Switchboard(new SwitchboardFiles(context.Terminal.Home.Dev), context.Terminal.Time).RunAsync(cancel);
            return ExitCode.Ok;
        });

    private static Command Down(Terminal terminal) =>
        new Command("down", "Stop the local market's nodes and chain").Runs(terminal, async (context, cancel) =>
        {
            var forced = await new LocalMarket(terminal.Home, terminal.Time).DownAsync(cancel);
            foreach (var name in forced) context.Error.MarkupLine($"[yellow]{Markup.Escape(name)} did not stop in time and was ended by force[/]");
            context.Say("local market stopped");
            return ExitCode.Ok;
        });

    private static Command Status(Terminal terminal) =>
        new Command("status", "Show what of the local market runs").Runs(terminal, async (context, _) =>
        {
            var market = Running(terminal);
            await context.WriteAsync(DevDocument.Of(market), DevJson.Default.DevDocument, d => string.Join('\n', d.Processes.Select(p =>
                $"{(p.Running ? "running" : "gone   ")}  {p.Name,-8} pid {p.Pid,-7} {p.Log}")));
            return ExitCode.Ok;
        });

    private static Command Faucet(Terminal terminal)
    {
        var account = new Argument<string>("account") { Description = "Address, or name of a wallet" };
        var amount = new Argument<string>("amount") { Description = "Tokens to give", DefaultValueFactory = _ => "100" };
        return new Command("faucet", "Give an account play money: tokens and gas") { account, amount }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            if (!profile.Local) throw new MarketException("E1019", ExitCode.Usage, $"Profile '{profile.Name}' is no local market; there is no faucet.", "market profile use local");
            var name = context.Get(account)!;
            var to = Address.TryParse(name, out var parsed) ? parsed : new Client.Wallets.WalletStore(terminal.Home).Find(name).Account;
            using var market = await context.OpenAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            if (!asset.TryParse(context.Get(amount), out var gift)) throw new MarketException("E1203", ExitCode.Usage, $"'{context.Get(amount)}' is no amount of {asset.Symbol}.", "for example 100");
            await new Faucet(market, terminal.Time).GiveAsync([to], gift, cancel);
            context.Say(Markup.Escape($"gave {asset.Format(gift)} and 100 ETH to {to}"));
            return ExitCode.Ok;
        });
    }

    private static Command Time(Terminal terminal)
    {
        var by = new Argument<string>("by") { Description = "How far to move the chain's clock, for example +30s, +10m, +7d" };
        return new Command("time", "Move the local chain's clock forward, past windows and deadlines") { by }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            if (!profile.Local) throw new MarketException("E1019", ExitCode.Usage, $"Profile '{profile.Name}' is no local market; its clock is its own.", "market profile use local");
            var seconds = Seconds(context.Get(by)!);
            using var market = await context.OpenAsync(profile, cancel);
            var chain = new DevChainClient(market.Client.Rpc);
            await chain.IncreaseTimeAsync(seconds, cancel);
            await chain.MineAsync(cancel);
            context.Say($"the chain's clock moved {seconds} s forward");
            return ExitCode.Ok;
        });
    }

    private static ulong Seconds(string text)
    {
        var digits = text.TrimStart('+');
        var unit = digits.Length > 0 ? digits[^1] switch { 's' => 1u, 'm' => 60u, 'h' => 3_600u, 'd' => 86_400u, _ => 0u } : 0;
        if (unit > 0 && uint.TryParse(digits[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (ulong)number * unit;
        throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no stretch of time.", "for example +30s, +10m, +7d");
    }

    private static LocalMarketFile Running(Terminal terminal) =>
        LocalMarketFile.Read(terminal.Home) ?? throw new MarketException("E1009", ExitCode.Usage, "No local market was started.", "market dev up");
}

internal sealed record DevDocument(string Schema, string Profile, ulong ChainId, Uri Rpc, string Wallet, string PasswordFile, IReadOnlyList<DevProcess> Processes)
{
    public static DevDocument Of(LocalMarketFile market) => new(
        "market.dev/1", market.Profile, market.ChainId, market.Rpc, market.Wallet, market.PasswordFile,
        [
            new DevProcess("chain", market.Chain.Id, market.Chain.IsRunning(), market.Chain.Log, market.Rpc),
            .. market.Switchboard is { } board ? [new DevProcess("switchboard", board.Id, board.IsRunning(), board.Log, market.Rpc)] : Array.Empty<DevProcess>(),
            .. market.Nodes.Select(n => new DevProcess(n.Name, n.Process.Id, n.Process.IsRunning(), n.Process.Log, n.Health)),
        ]);
}

internal sealed record DevProcess(string Name, int Pid, bool Running, string Log, Uri Url);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DevDocument))]
internal sealed partial class DevJson : JsonSerializerContext;
