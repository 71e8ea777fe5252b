using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Market.Cli.Commands.Help;
using Market.Cli.Shell;
using Market.Client.Faults;
using Market.Client.Wallets;
using Market.Ethereum.Keystore;
using Market.Ethereum.Signing;

namespace Market.Cli.Commands.Wallets;

/// <summary><c>market wallet</c>: keys at rest.</summary>
internal static class WalletCommand
{
    public static Command Create(Terminal terminal)
    {
        var noun = new Command("wallet", "Keys of this user: V3 keystore files that only their owner can read");
        noun.Add(New(terminal));
        noun.Add(Import(terminal));
        noun.Add(List(terminal));
        noun.Add(Show(terminal));
        noun.Add(Use(terminal));
        return noun;
    }

    private static Command New(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the wallet", DefaultValueFactory = _ => "default" };
        return new Command("new", "Make a wallet with a new key") { name }.Runs(terminal, async (context, cancel) =>
        {
            using var random = RandomNumberGenerator.Create();
            var password = await context.NewPasswordAsync(cancel);
            var wallet = await new WalletStore(terminal.Home).CreateAsync(context.Get(name)!, password, ScryptCost.Standard, random, cancel);
            return await WriteAsync(context, wallet);
        });
    }

    private static Command Import(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the wallet", DefaultValueFactory = _ => "default" };
        var file = new Option<FileInfo?>("--file") { Description = "V3 keystore file; without it the key is asked for, or read from standard input", HelpName = "keystore" };
        return new Command("import", "Make a wallet of a key that exists") { name, file }.Runs(terminal, async (context, cancel) =>
        {
            using var random = RandomNumberGenerator.Create();
            var (key, password) = context.Get(file) is { } keystore
                ? await ReadKeystoreAsync(context, keystore, cancel)
                : (await ReadKeyAsync(context, cancel), await context.NewPasswordAsync(cancel));
            var wallet = await new WalletStore(terminal.Home).AddAsync(context.Get(name)!, key, password, ScryptCost.Standard, random, cancel);
            return await WriteAsync(context, wallet);
        });
    }

    private static Command List(Terminal terminal) => new Command("list", "Show all wallets").Runs(terminal, async (context, _) =>
    {
        var store = new WalletStore(terminal.Home);
        var current = store.Current();
        var wallets = store.List().Select(w => new WalletEntry(w.Name, w.Account.ToString(), w.Name == current)).ToList();
        await context.WriteAsync(new WalletListDocument("market.wallets/1", wallets), WalletJson.Default.WalletListDocument, document =>
            document.Wallets.Count == 0 ? "no wallets; next: market wallet new" : string.Join('\n', document.Wallets.Select(w => $"{(w.Chosen ? '*' : ' ')} {w.Name,-20} {w.Address}")));
        return ExitCode.Ok;
    });

    private static Command Show(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "Name of the wallet", Arity = ArgumentArity.ZeroOrOne };
        return new Command("show", "Show a wallet's account") { name }.Runs(terminal, (context, _) =>
            WriteAsync(context, new WalletStore(terminal.Home).Find(context.Get(name) ?? context.Wallet)));
    }

    private static Command Use(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Name of the wallet" }.WithWallets(terminal);
        return new Command("use", "Choose the wallet that signs from now on") { name }.Runs(terminal, (context, _) =>
        {
            var store = new WalletStore(terminal.Home);
            store.Use(context.Get(name)!);
            return WriteAsync(context, store.Find(context.Get(name)));
        });
    }

    private static async Task<ExitCode> WriteAsync(CommandContext context, Wallet wallet)
    {
        await context.WriteAsync(
            new WalletDocument("market.wallet/1", wallet.Name, wallet.Account.ToString(), PublishedKeys.Contains(wallet.Account)),
            WalletJson.Default.WalletDocument,
            document => $"{document.Name}  {document.Address}" + (document.Published ? "  (published development key: play money only)" : ""));
        return ExitCode.Ok;
    }

    private static async Task<(EthereumKey Key, string Password)> ReadKeystoreAsync(CommandContext context, FileInfo file, CancellationToken cancel)
    {
        string json;
        try
        {
            json = await File.ReadAllTextAsync(file.FullName, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1120", ExitCode.FileInvalid, $"The keystore {file} cannot be read: {e.Message}", "check the path", e);
        }

        var password = await context.PasswordAsync($"Password of {file.Name}:", cancel);
        return (await WalletStore.OpenAsync(json, file.Name, password, cancel), password);
    }

    private static async Task<EthereumKey> ReadKeyAsync(CommandContext context, CancellationToken cancel)
    {
        var text = context.Terminal.Interactive
            ? await context.AskSecretAsync("Private key (hidden):", cancel)
            : await context.Terminal.In.ReadLineAsync(cancel) ?? "";
        return WalletAccess.ParseKey(text) ?? throw new MarketException("E1118", ExitCode.Usage, "That is no private key; nothing was written.", "32 bytes in hexadecimal");
    }
}

internal sealed record WalletDocument(string Schema, string Name, string Address, bool Published);

internal sealed record WalletListDocument(string Schema, IReadOnlyList<WalletEntry> Wallets);

internal sealed record WalletEntry(string Name, string Address, bool Chosen);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WalletDocument))]
[JsonSerializable(typeof(WalletListDocument))]
internal sealed partial class WalletJson : JsonSerializerContext;
