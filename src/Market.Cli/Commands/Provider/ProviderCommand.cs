using System.CommandLine;
using Market.Chain.Development;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Faults;
using Market.Client.Providers;
using Market.Client.Wallets;
using Market.Domain.Money;
using Market.Ethereum.Signing;
using Spectre.Console;

namespace Market.Cli.Commands.Provider;

/// <summary><c>market provider</c>: a device of one's own, from its configuration to its earnings.</summary>
internal static class ProviderCommand
{
    public static Command Create(Terminal terminal) =>
        new("provider", "Run a device: configure, stake, run the node, see and withdraw earnings")
        {
            Init(terminal), Stake(terminal), ProviderRun.Create(terminal), ProviderStatus.Create(terminal),
            ProviderEarningsCommand.Create(terminal), Withdraw(terminal), LeavingCommands.Drain(terminal), LeavingCommands.Unstake(terminal),
        };

    /// <summary>The option that names provider.yaml.</summary>
    internal static Option<string> ConfigOption() => new("--config")
    {
        Description = "The device's configuration file",
        DefaultValueFactory = _ => "provider.yaml",
        HelpName = "file",
    };

    private static Command Init(Terminal terminal)
    {
        var config = ConfigOption();
        var name = new Option<string>("--name") { Description = "Name of the device", DefaultValueFactory = _ => "device", HelpName = "name" };
        var owner = new Option<string?>("--owner") { Description = "Wallet that owns the stake (default: <name>-owner, made if missing)", HelpName = "wallet" };
        var price = new Option<string>("--price") { Description = "What it asks per Gfuel", DefaultValueFactory = _ => "0.02", HelpName = "amount" };
        var slots = new Option<int>("--slots") { Description = "Tasklets at once; 0: all usable cores", HelpName = "n" };
        var level = new Option<int>("--attestation") { Description = "0: self-declared; 1: also benchmarked by other devices", DefaultValueFactory = _ => 1, HelpName = "level" };
        return new Command("init", "Write provider.yaml and make the device's wallets") { config, name, owner, price, slots, level }.Runs(terminal, async (context, cancel) =>
        {
            var file = Path.GetFullPath(context.Get(config)!);
            if (File.Exists(file)) throw new MarketException("E1405", ExitCode.Usage, $"{file} exists already and is not overwritten.", "edit it, or name another file with --config");
            var device = context.Get(name)!;
            var settings = new ProviderConfig
            {
                Name = device,
                Profile = context.ReadProfile().Name,
                Keys = new ProviderKeys { Owner = context.Get(owner) ?? $"{device}-owner", Operator = $"{device}-operator" },
                Resources = new ProviderResources { Slots = context.Get(slots) },
                Pricing = new ProviderPricing { Price = context.Get(price)! },
                Serves = new ProviderServes { AttestationLevel = context.Get(level) },
                Listen = new ProviderListen { Api = $"127.0.0.1:{DevChain.FreePort()}", Health = $"127.0.0.1:{DevChain.FreePort()}" },
            };
            var wallets = new WalletStore(terminal.Home);
            wallets.UseOnly();
            foreach (var wallet in new[] { settings.Keys.Owner, settings.Keys.Operator })
            {
                if (wallets.List().Any(w => w.Name == wallet)) continue;
                using var random = System.Security.Cryptography.RandomNumberGenerator.Create();
                context.Say($"wallet [bold]{Markup.Escape(wallet)}[/]");
                var made = await wallets.CreateAsync(wallet, await context.NewPasswordAsync(cancel), Ethereum.Keystore.ScryptCost.Standard, random, cancel);
                context.Say($"[green]✓[/] {Markup.Escape(wallet)}: {made.Account}");
            }

            ProviderConfigFile.Write(file, settings);
            // Read back: what init writes, the node must accept.
            _ = ProviderConfigFile.Read(file);
            context.Say($"[green]✓[/] {Markup.Escape(file)}");
            context.Say("[grey]next:[/] fund the owner, then: market provider stake 200  ·  market provider run");
            return ExitCode.Ok;
        });
    }

    private static Command Stake(Terminal terminal)
    {
        var amount = new Argument<string>("amount") { Description = "Tokens to put at stake, for example 200" };
        var config = ConfigOption();
        return new Command("stake", "Register the device with stake, or add to it; signs with the owner's wallet") { amount, config }.Runs(terminal, async (context, cancel) =>
        {
            var device = await OpenAsync(context, context.Get(config)!, cancel);
            using var market = device.Market;
            var asset = await market.Token.AssetAsync(cancel);
            if (!asset.TryParse(context.Get(amount), out var stake) || stake == Amount.Zero) throw new MarketException("E1203", ExitCode.Usage, $"'{context.Get(amount)}' is no amount of {asset.Symbol}.", "for example 200");
            var rules = await market.Market.ParametersAsync(cancel);
            var rows = new[]
            {
                ("stake", asset.Format(stake)),
                ("least stake", $"{asset.Format(new Amount(rules.MinStake))}, which backs no lease: bonds come from what is above it"),
                ("unbonding", $"{rules.UnbondSeconds} s after the device retires; what is free above the least leaves at once"),
                ("at risk", $"{rules.ExpireBps / 100m}% of a lease's bond if it is missed; bond and least stake for a proven wrong result"),
                ("owner", device.Owner.ToString()),
            };
            if (!context.ConfirmSpending(device.Profile, asset, new Spending("stake", stake, rows))) return ExitCode.Ok;

            var owner = await UnlockOwnerAsync(context, device, cancel);
            var staked = await ChainFaults.TranslateAsync(() => new ProviderStake(market).StakeAsync(owner, device.Operator, $"https://{device.Config.Listen.Api}", stake, cancel), asset);
            var funded = await market.Client.BalanceAsync(device.Operator, cancel) > 0;
            context.Say($"[green]✓[/] device {staked.Device} staked ({staked.Gas} gas)");
            context.Say(funded ? "[grey]next:[/] market provider run" : $"[grey]next:[/] send {device.Operator} some ether for gas, then: market provider run");
            return ExitCode.Ok;
        });
    }

    private static Command Withdraw(Terminal terminal)
    {
        var amount = new Argument<string?>("amount") { Description = "Tokens to take out; without it, all that is free", Arity = ArgumentArity.ZeroOrOne };
        var config = ConfigOption();
        return new Command("withdraw", "Take winnings and free stake out to the owner's account") { amount, config }.Runs(terminal, async (context, cancel) =>
        {
            var device = await OpenAsync(context, context.Get(config)!, cancel);
            using var market = device.Market;
            var asset = await market.Token.AssetAsync(cancel);
            Amount? wanted = null;
            if (context.Get(amount) is { } text) wanted = asset.TryParse(text, out var parsed) ? parsed : throw new MarketException("E1203", ExitCode.Usage, $"'{text}' is no amount of {asset.Symbol}.", "for example 5");
            var stake = new ProviderStake(market);
            var money = await ChainFaults.TranslateAsync(() => stake.LookAsync(device.Owner, device.Operator, cancel), asset);
            var most = new Amount(money.Free.BaseUnits + money.Credit.BaseUnits);
            if (wanted > most || most == Amount.Zero)
            {
                throw new MarketException("E2112", ExitCode.Funds, $"{asset.Format(most)} can be withdrawn now; {asset.Format(money.Locked)} backs open leases, and the least stake stays until the device is retired.", "market provider status");
            }

            var rows = new[] { ("withdraw", asset.Format(wanted ?? most)), ("to", device.Owner.ToString()), ("stays at stake", asset.Format(new Amount(money.Stake.BaseUnits - money.Free.BaseUnits))) };
            if (!context.ConfirmSpending(device.Profile, asset, new Spending("withdrawal", Amount.Zero, rows))) return ExitCode.Ok;
            var owner = await UnlockOwnerAsync(context, device, cancel);
            var sent = await ChainFaults.TranslateAsync(() => stake.WithdrawAsync(owner, device.Operator, wanted, cancel), asset);
            context.Say($"[green]✓[/] {Markup.Escape(asset.Format(sent))} sent to {device.Owner}");
            return ExitCode.Ok;
        });
    }

    /// <summary>A device's configuration, its accounts, and the market that it serves.</summary>
    internal sealed record OpenDevice(ProviderConfig Config, Client.Configuration.Profile Profile, Chain.MarketConnection Market, Hashing.Address Owner, Hashing.Address Operator);

    internal static async Task<OpenDevice> OpenAsync(CommandContext context, string file, CancellationToken cancel)
    {
        var config = ProviderConfigFile.Read(Path.GetFullPath(file));
        var profile = new ProfileStore(context.Terminal.Home).Read(context.Profile ?? config.Profile);
        var wallets = new WalletStore(context.Terminal.Home);
        var (owner, operatorAccount) = (wallets.Find(config.Keys.Owner).Account, wallets.Find(config.Keys.Operator).Account);
        return new OpenDevice(config, profile, await ChainFaults.TranslateAsync(() => context.OpenAsync(profile, cancel)), owner, operatorAccount);
    }

    internal static async Task<EthereumKey> UnlockOwnerAsync(CommandContext context, OpenDevice device, CancellationToken cancel)
    {
        var password = await LocalMarket.PasswordOfAsync(context.Terminal.Home, device.Profile, device.Config.Keys.Owner, cancel)
            ?? await context.PasswordAsync($"Password of '{device.Config.Keys.Owner}':", cancel);
        return await new WalletStore(context.Terminal.Home).UnlockAsync(device.Config.Keys.Owner, password, cancel);
    }
}
