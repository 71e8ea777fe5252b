using Market.Client.Development;
using Market.Client.Faults;
using Market.Client.Wallets;
using Market.Ethereum.Signing;
using Market.Hashing;
using Spectre.Console;
using Profile = Market.Client.Configuration.Profile;

namespace Market.Cli.Shell;

/// <summary>How commands come by passwords and keys: never by argument.</summary>
internal static class WalletAccess
{
    private const string KeyVariable = "MARKET_PRIVATE_KEY";
    private const int Tries = 3;

    /// <summary>A password from the file that the environment names, else from a hidden prompt.</summary>
    /// <exception cref="MarketException">There is neither (E1114).</exception>
    public static async Task<string> PasswordAsync(this CommandContext context, string prompt, CancellationToken cancel) =>
        await WalletPassword.FromEnvironmentAsync(cancel) ?? await context.AskSecretAsync(prompt, cancel);

    /// <summary>A new password: from the file, else asked for twice.</summary>
    /// <exception cref="MarketException">There is neither, or the two differ.</exception>
    public static async Task<string> NewPasswordAsync(this CommandContext context, CancellationToken cancel)
    {
        if (await WalletPassword.FromEnvironmentAsync(cancel) is { } given) return given;
        var password = await context.AskSecretAsync("New password:", cancel);
        if (await context.AskSecretAsync("Again:", cancel) == password) return password;
        throw new MarketException("E1117", ExitCode.Usage, "The two passwords differ; nothing was written.", "run the command again");
    }

    /// <summary>Asks for a line that is not shown.</summary>
    /// <exception cref="MarketException">Nobody is there to ask (E1114).</exception>
    public static async Task<string> AskSecretAsync(this CommandContext context, string prompt, CancellationToken cancel)
    {
        if (!context.Terminal.Interactive)
        {
            throw new MarketException("E1114", ExitCode.Wallet, "A password is needed, and no terminal is attached to ask on.", $"name a file with it in {WalletPassword.FileVariable}");
        }

        return await new TextPrompt<string>(Markup.Escape(prompt)).Secret(null).AllowEmpty().ShowAsync(context.Error, cancel);
    }

    /// <summary>The account that would sign, without its key.</summary>
    /// <exception cref="MarketException">There is no wallet.</exception>
    public static Address Account(this CommandContext context) =>
        FromVariable(context) is { } key ? key.Address : new WalletStore(context.Terminal.Home).Find(context.Wallet).Account;

    /// <summary>The key that signs under <paramref name="profile"/>.</summary>
    /// <exception cref="MarketException">There is no wallet, the password is wrong, or everybody knows the key.</exception>
    public static async Task<EthereumKey> UnlockAsync(this CommandContext context, Profile profile, CancellationToken cancel)
    {
        var key = FromVariable(context) ?? await OpenAsync(context, profile, cancel);
        if (profile.Local || !PublishedKeys.Contains(key.Address)) return key;
        throw new MarketException(
            "E1116", ExitCode.Wallet, $"{key.Address} is a development account whose key is published; it may not sign on '{profile.Name}'.", "market wallet new");
    }

    private static async Task<EthereumKey> OpenAsync(CommandContext context, Profile profile, CancellationToken cancel)
    {
        var store = new WalletStore(context.Terminal.Home);
        var wallet = store.Find(context.Wallet);
        for (var tries = 1; ; tries++)
        {
            var fromFile = await WalletPassword.FromEnvironmentAsync(cancel) ?? await LocalMarket.PasswordOfAsync(context.Terminal.Home, profile, wallet.Name, cancel);
            try
            {
                return await store.UnlockAsync(wallet.Name, fromFile ?? await context.AskSecretAsync($"Password of '{wallet.Name}':", cancel), cancel);
            }
            catch (MarketException e) when (e.Fault.Code == "E1103" && fromFile is null && tries < Tries)
            {
                context.Error.MarkupLine("[yellow]wrong password, try again[/]");
            }
        }
    }

    // For CI only: a wallet by flag or variable comes first.
    private static EthereumKey? FromVariable(CommandContext context)
    {
        if (context.Wallet is not null || Environment.GetEnvironmentVariable(KeyVariable) is not { Length: > 0 } text) return null;
        return ParseKey(text) ?? throw new MarketException("E1118", ExitCode.Wallet, $"{KeyVariable} holds no private key.", "32 bytes in hexadecimal; or use a wallet");
    }

    /// <summary>A key from 64 hexadecimal digits; null if they are none.</summary>
    public static EthereumKey? ParseKey(string text)
    {
        try
        {
            return Hash256.TryParse(text.Trim(), out var secret) ? new EthereumKey(secret.ToArray()) : null;
        }
        catch (ArgumentException)
        {
            return null; // Zero, or not below the curve's order.
        }
    }
}
