using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Ethereum.Abi;
using Market.Chain.Tests.Rpc;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A local market whose nodes and client know the chain by one endpoint that goes wrong when told to.</summary>
public sealed class FaultyEndpointFixture : LocalMarketFixture
{
    private FaultyProxy? _proxy;
    private Victims? _victims;

    internal FaultyProxy Proxy => _proxy!;

    /// <summary>Names of the nodes.</summary>
    internal IReadOnlyList<string> Nodes => _victims!.Nodes;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var file = Path.Combine(Home, "profiles", "local.json");
        var profile = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        _proxy = new FaultyProxy(new Uri(profile["rpc"]!.GetValue<string>()), AbiSignature.Selector("genesis()"));
        profile["rpc"] = _proxy.Uri.ToString();
        await File.WriteAllTextAsync(file, profile.ToJsonString(), TestContext.Current.CancellationToken);

        // A node reads its profile when it starts.
        _victims = Victims.Of(this);
        foreach (var node in _victims.Nodes) await _victims.RestartNodeAsync(node);
        foreach (var node in _victims.Nodes) await UntilAsync(() => IsReadyAsync(node), $"{node} to be ready");
    }

    protected override ValueTask StoppedAsync()
    {
        _proxy?.Dispose();
        return default;
    }

    private async Task<bool> IsReadyAsync(string node)
    {
        var status = await Market.RunAsync(["provider", "status", "--config", Path.Combine(Home, "dev", node, "provider.yaml"), "--json"]);
        return status is { Exit: 0, Json: var document } && document.GetProperty("node") is { ValueKind: JsonValueKind.Object } seen && seen.GetProperty("ready").GetBoolean();
    }
}
