using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Disputes;
using Market.Client.Faults;
using Market.Domain.Money;
using Spectre.Console;

namespace Market.Cli.Commands.Disputes;

/// <summary><c>market challenger</c>: run again what devices commit to, and have a judge decide where they are wrong.</summary>
internal static class ChallengerCommand
{
    public static Command Create(Terminal terminal) => new("challenger", "Look at what devices commit to, and dispute what is wrong") { Run(terminal) };

    private static Command Run(Terminal terminal)
    {
        var defaults = new ChallengerOptions();
        var leases = Percent("--leases", "Share of committed leases to look at, in percent", defaults.LeaseBps / 100);
        var tasklets = Percent("--tasklets", "Share of a lease's tasklets to run again, in percent; at least one", defaults.TaskletBps / 100);
        var games = new Option<int>("--max-games") { Description = "Games that may be open at once; each holds a bond", DefaultValueFactory = _ => defaults.MaxGames, HelpName = "n" };
        var consumer = new Option<int>("--max-per-consumer") { Description = "Games about one consumer's offers that may be open at once", DefaultValueFactory = _ => defaults.MaxGamesPerConsumer, HelpName = "n" };
        var module = new Option<int>("--max-per-module") { Description = "Games about one module that may be open at once", DefaultValueFactory = _ => defaults.MaxGamesPerModule, HelpName = "n" };
        var silent = new Option<bool>("--no-demands") { Description = "Demand nothing on the chain from devices that serve no results" };
        var once = new Option<bool>("--until-won") { Description = "End once a game of this account is won, paid out and collected" };
        return new Command("run", "Watch, run again, accuse and play until interrupted; a restart goes on where it stopped")
        {
            leases, tasklets, games, consumer, module, silent, once,
        }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            using var market = await context.OpenAsync(profile, cancel);
            var key = await context.UnlockAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            var options = new ChallengerOptions
            {
                LeaseBps = Bps(context.Get(leases), "--leases"),
                TaskletBps = Bps(context.Get(tasklets), "--tasklets"),
                MaxGames = context.Get(games),
                MaxGamesPerConsumer = context.Get(consumer),
                MaxGamesPerModule = context.Get(module),
                Demands = !context.Get(silent),
            };
            var lines = new DisputeLines(context, asset, key.Address);
            await using var desk = new DisputeDesk(market, key, terminal.Home, options, lines.Tell, terminal.Time);
            await DeskChecks.BondAsync(market, desk, key.Address, asset, cancel);
            if (await market.Market.CreditAsync(key.Address, cancel) == Amount.Zero)
            {
                context.Say("[yellow]this account has put nothing into the market: devices may not serve it[/] [grey]next:[/] market account deposit 1");
            }

            context.Say(Markup.Escape($"watching as {key.Address}; Ctrl+C ends it, games go on when it is started again"));
            var watch = new DeskWatch(desk, lines);
            await desk.RunAsync(state => watch.Look(state) && context.Get(once), cancel);
            return ExitCode.Ok;
        });
    }

    private static Option<int> Percent(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "percent" };

    private static int Bps(int percent, string name) => percent is >= 0 and <= 100
        ? percent * 100
        : throw new MarketException("E1201", ExitCode.Usage, $"{name} {percent}: between 0 and 100.", "market challenger run --help");
}
