using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>The local chain as its owner: what no market participant may do.</summary>
internal sealed class ChainRpc(Uri chain)
{
    private static readonly HttpClient Http = new();

    /// <summary>The chain of a market's profile.</summary>
    public static async Task<ChainRpc> OfAsync(LocalMarketFixture local)
    {
        var profile = await File.ReadAllTextAsync(ProfileOf(local, "local"), TestContext.Current.CancellationToken);
        return new ChainRpc(new Uri(JsonNode.Parse(profile)!["rpc"]!.GetValue<string>()));
    }

    /// <summary>A profile's file.</summary>
    public static string ProfileOf(LocalMarketFixture local, string name) => Path.Combine(local.Home, "profiles", name + ".json");

    public Uri Uri => chain;

    public async Task<JsonElement> CallAsync(string method, params JsonNode[] parameters)
    {
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonArray(parameters) };
        using var content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(chain, content, TestContext.Current.CancellationToken);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.False(answer.TryGetProperty("error", out var error), $"{method}: {error}");
        return answer.GetProperty("result");
    }

    public async Task<ulong> HeightAsync() => Convert.ToUInt64((await CallAsync("eth_blockNumber")).GetString(), 16);

    public async Task<string> SnapshotAsync() => (await CallAsync("evm_snapshot")).GetString()!;

    /// <summary>Drops everything since a snapshot, at least <paramref name="least"/> blocks, and mines on: a reorganisation.</summary>
    /// <returns>How many blocks fell out.</returns>
    public async Task<ulong> ReorganiseAsync(string snapshot, uint least)
    {
        for (var i = 0; i < least; i++) await CallAsync("evm_mine");
        var before = await HeightAsync();
        Assert.True((await CallAsync("evm_revert", snapshot)).GetBoolean());
        var fell = before - await HeightAsync();
        await CallAsync("evm_mine");
        return fell;
    }
}
