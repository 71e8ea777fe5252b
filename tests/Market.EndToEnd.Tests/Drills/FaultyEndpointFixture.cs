using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Chain.Development;
using Market.Ethereum.Abi;
using Market.Chain.Tests.Rpc;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>A local market whose nodes and client know the chain by one endpoint that goes wrong when told to.</summary>
public sealed class FaultyEndpointFixture : LocalMarketFixture
{
    private FaultyProxy? _proxy;
    private Victims? _victims;
    private DevChain? _other;

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
        _proxy.Elsewhere = (_other = await StartOtherAsync(profile["chainId"]!.GetValue<ulong>())).Rpc;
        await File.WriteAllTextAsync(file, profile.ToJsonString(), TestContext.Current.CancellationToken);

        // A node reads its profile when it starts.
        _victims = Victims.Of(this);
        foreach (var node in _victims.Nodes) await _victims.RestartNodeAsync(node);
        foreach (var node in _victims.Nodes) await UntilAsync(() => IsReadyAsync(node), $"{node} to be ready");
    }

    protected override async ValueTask StoppedAsync()
    {
        _proxy?.Dispose();
        if (_other is not null) await _other.Process.KillAsync(CancellationToken.None);
    }

    /// <summary>All that a node has logged so far.</summary>
    internal Task<string> LogAsync(string node) => File.ReadAllTextAsync(Path.Combine(Home, "dev", node + ".log"), TestContext.Current.CancellationToken);

    // Of the same chain id, with a market at the same addresses: nothing but its genesis stamp and its blocks tell it from the one that is meant.
    private async Task<DevChain> StartOtherAsync(ulong chainId)
    {
        var contracts = Path.Combine(Checkout.Root, "contracts");
        var chain = await DevChain.StartAsync(contracts, Path.Combine(Home, "other-chain.log"), chainId, TimeSpan.FromMilliseconds(250), TimeProvider.System, TestContext.Current.CancellationToken);
        await chain.DeployAsync(contracts, Path.Combine(Home, "other-deployment.json"), TestContext.Current.CancellationToken);
        return chain;
    }

    private async Task<bool> IsReadyAsync(string node)
    {
        var status = await Market.RunAsync(["provider", "status", "--config", Path.Combine(Home, "dev", node, "provider.yaml"), "--json"]);
        return status is { Exit: 0, Json: var document } && document.GetProperty("node") is { ValueKind: JsonValueKind.Object } seen && seen.GetProperty("ready").GetBoolean();
    }
}
