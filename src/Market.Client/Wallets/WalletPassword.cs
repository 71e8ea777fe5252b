using Market.Client.Faults;

namespace Market.Client.Wallets;

/// <summary>Passwords that come without a person: from a file, never from an argument or a variable.</summary>
public static class WalletPassword
{
    /// <summary>Environment variable that names the file.</summary>
    public const string FileVariable = "MARKET_WALLET_PASSWORD_FILE";

    /// <summary>The password in the file that the environment names; null if it names none.</summary>
    /// <exception cref="MarketException">The file cannot be read (E1115).</exception>
    public static Task<string?> FromEnvironmentAsync(CancellationToken cancel) =>
        FromFileAsync(Environment.GetEnvironmentVariable(FileVariable), cancel);

    /// <summary>The first line of a file; null for no file.</summary>
    /// <exception cref="MarketException">The file cannot be read (E1115).</exception>
    public static async Task<string?> FromFileAsync(string? path, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(path)) return null;
        try
        {
            using var reader = File.OpenText(path);
            return await reader.ReadLineAsync(cancel) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1115", ExitCode.Wallet, $"The password file {path} cannot be read: {e.Message}", $"mend the path in {FileVariable}", e);
        }
    }
}
