using System.CommandLine;
using System.Globalization;
using Market.Chain;
using Market.Chain.Projection;
using Market.Cli.Shell;
using Market.Client.Auditing;
using Market.Client.Disputes;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Leases;
using Market.Domain.Money;
using Spectre.Console;

namespace Market.Cli.Commands.Disputes;

/// <summary><c>market dispute</c>: games about committed results.</summary>
internal static class DisputeCommand
{
    public static Command Create(Terminal terminal) =>
        new("dispute", "Games about committed results: see them, open one, bring one to its end") { List(terminal), Show(terminal), Open(terminal), Watch(terminal), Resolve(terminal) };

    private static Command List(Terminal terminal)
    {
        var all = new Option<bool>("--all") { Description = "Games that are over and paid out too" };
        return new Command("list", "List games") { all }.Runs(terminal, async (context, cancel) =>
        {
            using var market = await context.OpenAsync(context.ReadProfile(), cancel);
            var state = (await MarketAudit.ReadAsync(market, cancel)).State;
            var games = state.Games.Values.Where(g => context.Get(all) || g.Settlement is null).OrderBy(g => g.Accounts.FirstOrDefault()?.Block.Number).Select(GameDocument.Of).ToList();
            await context.WriteAsync(new GamesDocument("market.games/1", games), DisputeJson.Default.GamesDocument, d => d.Games.Count == 0
                ? "no games"
                : string.Join('\n', d.Games.Select(Line).Prepend($"{"game",-11} {"tasklet",8} {"round",6}  {"state",-10} {"to move",-11} won by")));
            return ExitCode.Ok;
        });
    }

    private static Command Show(Terminal terminal)
    {
        var id = Id();
        return new Command("show", "A game as a story: rounds, clocks, where the runs part, the verdict, the money, gas") { id }.Runs(terminal, async (context, cancel) =>
        {
            using var market = await context.OpenAsync(context.ReadProfile(), cancel);
            await WriteAsync(context, market, GameNames.Find((await MarketAudit.ReadAsync(market, cancel)).State, context.Get(id)!), cancel);
            return ExitCode.Ok;
        });
    }

    private static Command Watch(Terminal terminal)
    {
        var id = Id();
        return new Command("watch", "Follow a game until it is over and paid out, then tell it") { id }.Runs(terminal, async (context, cancel) =>
        {
            using var market = await context.OpenAsync(context.ReadProfile(), cancel);
            var follower = market.Follow();
            var projection = new MarketProjection();
            var told = 0;
            while (true)
            {
                foreach (var update in await follower.PollAsync(cancel)) projection.Apply(update);
                var game = GameNames.Find(projection.State, context.Get(id)!);
                for (; told < game.Accounts.Count; told++) context.Say(Markup.Escape(Turn(game, told)));
                if (game.Settlement is not null)
                {
                    await WriteAsync(context, market, game, cancel);
                    return game.End?.Winner == Chain.Generated.DisputeGame.SideCode.Challenger ? ExitCode.Fraud : ExitCode.Ok;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(250), context.Terminal.Time, cancel);
            }
        });
    }

    private static Command Open(Terminal terminal)
    {
        var what = new Argument<string>("tasklet") { Description = "A job and a tasklet of it, as j-7f3a/17" };
        return new Command("open", "Run a tasklet again; if the committed result is wrong, post a bond and play to the end") { what }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            using var market = await context.OpenAsync(profile, cancel);
            var key = await context.UnlockAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            var lines = new DisputeLines(context, asset, key.Address);
            await using var desk = new DisputeDesk(market, key, terminal.Home, null, lines.Tell, terminal.Time);
            while (await desk.CatchUpAsync(cancel))
            {
                // Up to the newest block.
            }

            var (entry, tasklet) = LeaseOf(context, desk.State, context.Get(what)!);
            var finding = await desk.Check.LookAsync(desk.State, entry, only: tasklet, cancel);
            if (finding.Outcome == CheckOutcome.Agreed) throw new MarketException("E2504", ExitCode.Usage, $"Tasklet {tasklet} was run again and gave what was committed; there is nothing to dispute.", "market challenger run looks at all of them");
            if (finding.Outcome != CheckOutcome.Differs) throw new MarketException("E2505", ExitCode.Unreachable, $"Tasklet {tasklet} cannot be judged here: {finding.Detail}.", "market challenger run demands on the chain what devices withhold");
            lines.Tell(new DisputeNews.Differs(entry, tasklet, finding.Committed!.Result, finding.Found));
            var bond = new Amount((await desk.Judge.ParametersAsync(cancel)).Bond);
            await DeskChecks.BondAsync(market, desk, key.Address, asset, cancel);
            var rows = new[] { ("bond", $"{asset.Format(bond)}, back if you win"), ("tasklet", $"{tasklet} of lease {entry.Key}"), ("against", $"d-{entry.Lease.Device.Value}") };
            if (!context.ConfirmSpending(profile, asset, new Spending("bond", bond, rows))) return ExitCode.Ok;

            var (accusation, hashes, missing) = await desk.Accuser.PrepareAsync(desk.State, entry, tasklet, finding.Committed, cancel);
            if (finding.Found is null)
            {
                (await desk.Judge.OverturnAsync(desk.State.Offers[entry.Lease.Offer].Terms, entry.Lease, tasklet, finding.Committed, cancel)).Require();
                context.Say("[green]the record is none that a run can end with: the lease has fallen without a game[/]");
                return ExitCode.Fraud;
            }

            if (accusation is null) throw new MarketException("E2505", ExitCode.Unreachable, $"No accusation without {missing}.", "market challenger run");
            var receipt = (await desk.Judge.OpenAsync(accusation, hashes, cancel)).Require();
            lines.Tell(new DisputeNews.Opened(entry.Key, tasklet, receipt));
            var watch = new DeskWatch(desk, lines);
            GameEntry? Mine(MarketState state) => state.Games.Values.FirstOrDefault(g => g.Challenger == key.Address && g.Subject.Lease == entry.Key && g.Subject.Tasklet == tasklet);
            await desk.RunAsync(
                state =>
                {
                    watch.Look(state);
                    return Mine(state) is { Settlement: not null } && desk.Player.IsCollected;
                },
                cancel);
            var game = Mine(desk.State)!;
            await WriteAsync(context, market, game, cancel);
            return game.End?.Player == key.Address ? ExitCode.Fraud : ExitCode.Declined;
        });
    }

    private static Command Resolve(Terminal terminal)
    {
        var id = Id();
        return new Command("resolve", "Bring a game to its end: take a time-out that is due, hand the verdict to the market, collect what the judge owes you") { id }.Runs(terminal, async (context, cancel) =>
        {
            var profile = context.ReadProfile();
            using var market = await context.OpenAsync(profile, cancel);
            var key = await context.UnlockAsync(profile, cancel);
            var asset = await market.Token.AssetAsync(cancel);
            using var sender = market.Sender(key);
            var address = market.Deployment.Dispute ?? throw new MarketException("E2501", ExitCode.Usage, "This market has no judge, so nothing can be disputed.", "market profile show");
            var judge = new JudgeAccount(market.Client, address, market.Token, sender);
            var state = (await MarketAudit.ReadAsync(market, cancel)).State;
            var game = GameNames.Find(state, context.Get(id)!);
            if (game.End is null)
            {
                var deadline = await judge.DeadlineAsync(game.Id, cancel);
                if (deadline is { } until && until >= state.Head!.Time)
                {
                    throw new MarketException("E2507", ExitCode.Usage, $"The {GameDocument.Side(game.Mover)} has until {until} to move.", $"market dispute watch {GameNames.Of(game.Id)}");
                }

                (await sender.SendAsync(address, new Chain.Generated.DisputeGame.TimeoutFunction(game.Id), cancel)).Require();
                context.Say($"the {GameDocument.Side(game.Mover)} ran out of time");
            }

            if (game.Settlement is null)
            {
                var lease = state.Leases[game.Subject.Lease].Lease;
                (await sender.SendAsync(address, JudgeAccount.Settle(state.Offers[lease.Offer].Terms, lease, game), cancel)).Require();
                context.Say("the verdict is the market's now");
            }

            if (await judge.OwedAsync(cancel) is var owed && owed > Amount.Zero)
            {
                (await judge.WithdrawAsync(cancel)).Require();
                context.Say(Markup.Escape($"collected {asset.Format(owed)}"));
            }

            await WriteAsync(context, market, GameNames.Find((await MarketAudit.ReadAsync(market, cancel)).State, context.Get(id)!), cancel);
            return ExitCode.Ok;
        });
    }

    /// <summary>Writes a game as a story.</summary>
    public static async Task WriteAsync(CommandContext context, MarketConnection market, GameEntry game, CancellationToken cancel, bool toError = false)
    {
        using var nobody = market.Sender(new Ethereum.Signing.EthereumKey([.. new byte[31], 1]));
        var asset = await market.Token.AssetAsync(cancel);
        var judge = new JudgeAccount(market.Client, market.Deployment.Dispute!.Value, market.Token, nobody);
        var story = await DisputeStory.ReadAsync(market, judge, game, cancel);
        var document = DisputeDocument.Of(story, asset);
        if (toError) context.Say(Markup.Escape(Story(document)));
        else await context.WriteAsync(document, DisputeJson.Default.DisputeDocument, Story);
    }

    private static (LeaseEntry Entry, uint Tasklet) LeaseOf(CommandContext context, MarketState state, string what)
    {
        var slash = what.LastIndexOf('/');
        if (slash <= 0 || !uint.TryParse(what[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var tasklet))
        {
            throw new MarketException("E1203", ExitCode.Usage, $"'{what}' names no tasklet.", "market dispute open j-7f3a/17");
        }

        var job = new JobStore(context.Terminal.Home, context.Terminal.Time).Find(what[..slash]);
        var entry = state.LeasesOf(job.Offer).LastOrDefault(l => l.Lease.Holds(tasklet) && l.State is LeaseState.Committed or LeaseState.Disputed);
        return entry is not null
            ? (entry, tasklet)
            : throw new MarketException("E2504", ExitCode.Usage, $"Tasklet {tasklet} of {job.Id} has no committed result that is still open to challenges.", $"market job show {job.Id}");
    }

    private static Argument<string> Id() => new("game") { Description = "A game, as d-4f1c09ab" };

    private static string Line(GameDocument g) =>
        $"{g.Game,-11} {g.Tasklet,8} {$"{g.Round}/{g.Rounds}",6}  {(g.Settled ? "paid out" : g.State),-10} {g.Mover ?? "-",-11} {g.Winner ?? "-"}";

    private static string Turn(GameEntry game, int i)
    {
        var position = GamePosition.Of(game, i + 1);
        return $"{(i == 0 ? "opened" : $"round {i + 1}")}: the {GameDocument.Side(game.Accounts[i].By)}'s account of steps {N(position.Start)} to {N(position.Start + position.Length)}";
    }

    private static string Story(DisputeDocument d)
    {
        var text = new List<string>
        {
            $"game {d.Game.Game}: tasklet {d.Game.Tasklet} of lease {d.Game.Lease}",
            $"  challenger {d.Game.Challenger}",
            $"  provider   {d.Game.Provider}",
        };
        foreach (var turn in d.Turns)
        {
            var what = turn.Kind switch
            {
                "open" => $"accuses, with its account of all {N(turn.Steps)} steps",
                "dissect" => $"lets the runs part and accounts for steps {N(turn.FirstStep)} to {N(turn.FirstStep + turn.Steps)}",
                "prove" => "has the judge execute the step where they part",
                "timeout" => "takes the time-out: the other side's clock was empty",
                _ => "verdict and bond are paid out",
            };
            text.Add($"  {turn.Kind,-8} {turn.By ?? "anyone",-11} {what}  ({N((long)turn.Gas)} gas{(turn.Seconds > 0 ? $", {turn.Seconds} s" : "")}, {turn.Transaction[..10]})");
        }

        if (d.Step is { } step)
        {
            text.Add($"the runs part at step {N(step.Step)}: {step.Instruction ?? "no instruction"}{(step.Operands.Count > 0 ? $" on {string.Join(", ", step.Operands)}" : "")} (pc {step.Pc})");
            text.Add($"  claimed {step.Claimed}");
            text.Add($"  judged  {step.Proven}");
        }

        if (d.Deadline is { } deadline) text.Add($"the {d.Game.Mover} has until {deadline} to move");
        if (d.Game.Winner is { } winner) text.Add($"won by the {winner}{(d.Game.State == "timed-out" ? ", by time" : "")}");
        if (d.BondPaid is { } bond) text.Add($"bond: {bond} to {d.BondTo}{(d.BondBurned is { BaseUnits: not "0" } burned ? $", {burned} burned" : "")}; slashed from the device: {d.Slashed}");
        text.Add($"{d.Turns.Count} transactions, {N((long)d.Gas)} gas");
        return string.Join('\n', text);
    }

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
