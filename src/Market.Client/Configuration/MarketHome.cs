namespace Market.Client.Configuration;

/// <summary>Where one user's profiles, wallets, job records and local chain live. Owner-only.</summary>
public sealed record MarketHome(string Root)
{
    /// <summary>Environment variable that names another root, for tests and for several users on one account.</summary>
    public const string Variable = "MARKET_HOME";

    /// <summary>V3 keystores, one file each.</summary>
    public string Wallets => Path.Combine(Root, "wallets");

    /// <summary>Profiles, one file each, and the name of the one in use.</summary>
    public string Profiles => Path.Combine(Root, "profiles");

    /// <summary>Records of posted jobs, one folder each.</summary>
    public string Jobs => Path.Combine(Root, "jobs");

    /// <summary>The local chain and nodes that <c>market dev up</c> started.</summary>
    public string Dev => Path.Combine(Root, "dev");

    /// <summary><c>MARKET_HOME</c>, else <c>market</c> under the user's configuration directory.</summary>
    public static MarketHome FromEnvironment()
    {
        var root = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(root))
        {
            var config = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            root = Path.Combine(config, "market");
        }

        return new MarketHome(Path.GetFullPath(root));
    }

    /// <summary>Creates <paramref name="directory"/> for this user alone.</summary>
    public static void CreatePrivate(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
