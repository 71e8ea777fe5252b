using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Market.Chain;
using Market.Chain.Deployments;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Providers;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.EndToEnd.Tests.Harness;
using Market.Ethereum.Signing;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Market.Transport.Tokens;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>A node of the local market as its peers see it, and as its machine does.</summary>
internal sealed class NodeUnderAttack
{
    private readonly LocalNode _node;

    private NodeUnderAttack(LocalNode node, Peer peer, SigningDomain domain, string data) => (_node, Peer, Domain, Data) = (node, peer, domain, data);

    public Peer Peer { get; }

    public SigningDomain Domain { get; }

    public string Data { get; }

    public string Log => File.ReadAllText(_node.Process.Log);

    public bool IsRunning => _node.Process.IsRunning();

    public Uri Health => _node.Health;

    public IPEndPoint Api => new(IPAddress.Loopback, Peer.Uri.Port);

    /// <summary>Memory of the node's process, in MiB, as /proc tells.</summary>
    public double ResidentMiB
    {
        get
        {
            var line = File.ReadLines($"/proc/{_node.Process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
        }
    }

    /// <summary>Finds the first node of the fixture's market, and makes callers whom it admits because they have credit.</summary>
    public static async Task<(NodeUnderAttack Node, EthereumKey[] Callers)> FindAsync(LocalMarketFixture local, int callers, CancellationToken cancel)
    {
        var home = new MarketHome(local.Home);
        var market = LocalMarketFile.Read(home)!;
        var node = market.Nodes[0];
        var profile = new ProfileStore(home).Read(market.Profile);
        using var connection = await MarketConnection.OpenAsync(market.Rpc, await Deployment.ReadAsync(profile.Deployment, cancel), TimeProvider.System, cancel);

        using var random = RandomNumberGenerator.Create();
        EthereumKey[] keys = [.. Enumerable.Range(0, callers).Select(_ => EthereumKey.Generate(random))];
        var one = new Amount((await connection.Token.AssetAsync(cancel)).One);
        await new Faucet(connection, TimeProvider.System).GiveAsync([.. keys.Select(k => k.Address)], one, cancel);
        await Task.WhenAll(keys.Select(async key =>
        {
            using var sender = connection.Sender(key);
            (await connection.Token.ApproveAsync(sender, connection.Deployment.Market, one, cancel)).Require();
            (await connection.As(sender).DepositAsync(one, cancel)).Require();
        }));

        var config = ProviderConfigFile.Read(node.Config);
        var data = Path.GetFullPath(config.Data, Path.GetDirectoryName(node.Config)!);
        using var certificate = TransportCertificate.LoadOrCreate(Path.Combine(data, "transport-key.pem"), TimeProvider.System);
        var status = (await local.Market.RunAsync(["provider", "status", "--config", node.Config, "--json"])).Exits(0).Json;
        var device = new DeviceId(uint.Parse(status.GetProperty("device").GetString()![2..], CultureInfo.InvariantCulture));
        var operatorAccount = (await connection.Market.DeviceAsync(device, cancel)).Operator;
        var peer = new Peer(device, new Uri($"https://{config.Listen.Api}"), TransportCertificate.KeyOf(certificate), operatorAccount);
        return (new NodeUnderAttack(node, peer, new SigningDomain(connection.Deployment.ChainId, connection.Deployment.Market), data), keys);
    }
}
