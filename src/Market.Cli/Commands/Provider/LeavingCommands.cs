using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Domain.Money;
using Spectre.Console;

namespace Market.Cli.Commands.Provider;

/// <summary>Leaving, for an hour or for good: <c>market provider drain</c> and <c>market provider unstake</c>.</summary>
internal static class LeavingCommands
{
    public static Command Drain(Terminal terminal)
    {
        var config = ProviderCommand.ConfigOption();
        var wait = new Option<bool>("--wait") { Description = "Return once the node has ended; interrupting the wait does not stop the drain" };
        return new Command("drain", "Have this machine's node take no new work, finish what runs and end") { config, wait }.Runs(terminal, async (context, cancel) =>
        {
            var file = Path.GetFullPath(context.Get(config)!);
            var settings = ProviderConfigFile.Read(file);
            using var node = RunningNode.Find(Path.GetFullPath(settings.Data, Path.GetDirectoryName(file)!))
                ?? throw new MarketException("E1412", ExitCode.Usage, $"No node of '{settings.Name}' runs on this machine.", "market provider status");
            await node.DrainAsync(cancel);
            context.Say("draining: no new bids; running leases are finished or handed back");
            if (!context.Get(wait)) return ExitCode.Ok;
            await node.WaitForExitAsync(cancel);
            context.Say("[green]✓[/] drained");
            return ExitCode.Ok;
        });
    }

    public static Command Unstake(Terminal terminal)
    {
        var config = ProviderCommand.ConfigOption();
        return new Command("unstake", "Leave the market: retire the device, and after unbonding free its whole stake; signs with the owner's wallet") { config }.Runs(terminal, async (context, cancel) =>
        {
            var device = await ProviderCommand.OpenAsync(context, context.Get(config)!, cancel);
            using var market = device.Market;
            var asset = await market.Token.AssetAsync(cancel);
            var rules = await market.Market.ParametersAsync(cancel);
            var rows = new[]
            {
                ("device", device.Config.Name), ("unbonding", $"{rules.UnbondSeconds} s from retiring on; until then the stake stays liable"),
                ("work", "a retired device gets no more leases; it cannot be taken back"), ("to", $"credit of {device.Owner}"),
            };
            if (!context.ConfirmSpending(device.Profile, asset, new Spending("leaving", Amount.Zero, rows))) return ExitCode.Ok;
            var owner = await ProviderCommand.UnlockOwnerAsync(context, device, cancel);
            var unbonding = await ChainFaults.TranslateAsync(() => new ProviderStake(market).UnbondAsync(owner, device.Operator, cancel), asset);
            context.Say(unbonding.Released
                ? $"[green]✓[/] {Markup.Escape(asset.Format(unbonding.Stake))} are in the owner's credit"
                : $"[green]✓[/] {unbonding.Device} is retired; {Markup.Escape(asset.Format(unbonding.Stake))} are free at {unbonding.ReleaseAt}");
            context.Say(unbonding.Released ? "[grey]next:[/] market provider withdraw" : "[grey]next:[/] market provider unstake again after that time");
            return ExitCode.Ok;
        });
    }
}
