using Market.Cli.Commands.Disputes;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Disputes;
using Market.Client.Faults;
using Market.Client.Wallets;

namespace Market.Cli.Commands.Demo;

/// <summary>
/// The second act: while a job runs on nodes one of which lies, a challenger with a wallet and no device runs everything
/// again, accuses the liar, and plays until the judge has spoken and the money has moved.
/// </summary>
internal static class LiarAct
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    /// <summary>Runs <paramref name="job"/> and a challenger beside it; Ok if the liar was caught.</summary>
    public static async Task<ExitCode> RunAsync(CommandContext context, LocalMarketFile local, Func<Task<ExitCode>> job, CancellationToken cancel)
    {
        var profile = new ProfileStore(context.Terminal.Home).Read(local.Profile);
        using var market = await context.OpenAsync(profile, cancel);
        var wallets = new WalletStore(context.Terminal.Home);
        var key = await wallets.UnlockAsync(LocalMarket.ChallengerWallet, (await WalletPassword.FromFileAsync(local.PasswordFile, cancel))!, cancel);
        var lines = new DisputeLines(context, await market.Token.AssetAsync(cancel), key.Address);
        await using var desk = new DisputeDesk(market, key, context.Terminal.Home, new ChallengerOptions(), lines.Tell, context.Terminal.Time);
        context.Say($"[bold]$ market challenger run --wallet {LocalMarket.ChallengerWallet}[/]");
        var watch = new DeskWatch(desk, lines);
        using var limit = new CancellationTokenSource(Longest, context.Terminal.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var caught = desk.RunAsync(watch.Look, stop.Token);
        var exit = await job();
        if (exit != ExitCode.Ok) await stop.CancelAsync();
        try
        {
            await caught;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            if (exit != ExitCode.Ok) return exit;
            throw new MarketException("E2508", ExitCode.Fraud, $"The job is over and no liar was caught within {Longest.TotalMinutes:0} minutes.", $"see {local.Nodes[0].Process.Log}");
        }

        var game = desk.State.Games.Values.First(g => g.Challenger == key.Address);
        context.Say($"\n[bold]$ market dispute show {GameNames.Of(game.Id)}[/]");
        // A story is for reading; the demo's own result goes to standard output.
        await DisputeCommand.WriteAsync(context, market, game, cancel, toError: true);
        return ExitCode.Ok;
    }
}
