using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Chain.Development;
using Market.Client.Configuration;

namespace Market.Client.Development;

/// <summary>What <c>market dev up</c> started, kept so that other commands find and stop it.</summary>
/// <param name="Rpc">The chain's endpoint.</param>
/// <param name="ChainId">The chain's id.</param>
/// <param name="Profile">The profile that was written for it.</param>
/// <param name="Wallet">The consumer's wallet.</param>
/// <param name="PasswordFile">File with the password of all wallets of the local market.</param>
/// <param name="Chain">The chain's process.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Switchboard">What all connections go through; null if they go straight to their ends.</param>
/// <param name="Anvil">The binary of a chain that can be killed and started again; null for Hardhat.</param>
/// <param name="BlockTime">Time between blocks.</param>
public sealed record LocalMarketFile(
    Uri Rpc, ulong ChainId, string Profile, string Wallet, string PasswordFile, DetachedProcess Chain, IReadOnlyList<LocalNode> Nodes, DetachedProcess? Switchboard = null, string? Anvil = null, TimeSpan BlockTime = default)
{
    private static string PathIn(MarketHome home) => Path.Combine(home.Dev, "local-market.json");

    /// <summary>What runs, or ran; null if nothing was started.</summary>
    public static LocalMarketFile? Read(MarketHome home)
    {
        var path = PathIn(home);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), LocalMarketJson.Default.LocalMarketFile) : null;
    }

    /// <summary>Writes the file.</summary>
    public void Write(MarketHome home) => File.WriteAllText(PathIn(home), JsonSerializer.Serialize(this, LocalMarketJson.Default.LocalMarketFile));

    /// <summary>Forgets what ran.</summary>
    public static void Delete(MarketHome home) => File.Delete(PathIn(home));
}

/// <summary>One node of the local market.</summary>
/// <param name="Name">Its device's name.</param>
/// <param name="Config">Its provider.yaml.</param>
/// <param name="Health">Base URL of its health and status pages.</param>
/// <param name="Process">Its process.</param>
public sealed record LocalNode(string Name, string Config, Uri Health, DetachedProcess Process);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LocalMarketFile))]
internal sealed partial class LocalMarketJson : JsonSerializerContext;
