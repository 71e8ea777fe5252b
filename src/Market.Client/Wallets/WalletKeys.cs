using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Faults;
using Market.Ethereum.Signing;

namespace Market.Client.Wallets;

/// <summary>Opens wallets without asking anybody.</summary>
public static class WalletKeys
{
    /// <summary>The key that signs under <paramref name="profile"/>.</summary>
    /// <param name="home">Where the wallets lie.</param>
    /// <param name="profile">What it signs for.</param>
    /// <param name="wallet">Its name; null takes the one in use.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E1101: no wallet. E1103: a wrong password. E1114: no password. E1116: everybody knows the key.</exception>
    public static async Task<EthereumKey> UnlockAsync(MarketHome home, Profile profile, string? wallet, CancellationToken cancel)
    {
        var store = new WalletStore(home);
        var name = store.Find(wallet).Name;
        var password = await WalletPassword.FromEnvironmentAsync(cancel) ?? await LocalMarket.PasswordOfAsync(home, profile, name, cancel)
            ?? throw new MarketException("E1114", ExitCode.Wallet, $"The password of wallet '{name}' is needed, and nobody is there to ask.", $"name a file with it in {WalletPassword.FileVariable}");
        var key = await store.UnlockAsync(name, password, cancel);
        if (profile.Local || !PublishedKeys.Contains(key.Address)) return key;
        throw new MarketException(
            "E1116", ExitCode.Wallet, $"{key.Address} is a development account whose key is published; it may not sign on '{profile.Name}'.", "market wallet new");
    }
}
