using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Following;
using Market.Chain.Transactions;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;

namespace Market.Chain;

/// <summary>A market on a chain that was checked to be the one meant. Start here.</summary>
public sealed class MarketConnection : IDisposable
{
    private readonly TimeProvider _time;

    private MarketConnection(EthereumClient client, Deployment deployment, TimeProvider time)
    {
        _time = time;
        Client = client;
        Deployment = deployment;
        Market = new ComputeMarketClient(client, deployment.Market);
        Registry = new CapabilityRegistryClient(client, deployment.Registry, deployment.ChainId);
        Token = new TokenClient(client, deployment.Token);
        Clock = new ChainClock(client);
    }

    /// <summary>The chain's endpoint.</summary>
    public EthereumClient Client { get; }

    /// <summary>Where the market stands.</summary>
    public Deployment Deployment { get; }

    /// <summary>The market contract, to read.</summary>
    public ComputeMarketClient Market { get; }

    /// <summary>The registry of capabilities.</summary>
    public CapabilityRegistryClient Registry { get; }

    /// <summary>The asset.</summary>
    public TokenClient Token { get; }

    /// <summary>Protocol time.</summary>
    public ChainClock Clock { get; }

    /// <summary>Connects, and checks chain id, interface version, genesis stamp and the contracts' links.</summary>
    /// <exception cref="DeploymentException">The chain is not the one that <paramref name="deployment"/> describes.</exception>
    /// <exception cref="RpcUnreachableException">The endpoint does not answer.</exception>
    public static async Task<MarketConnection> OpenAsync(Uri rpc, Deployment deployment, TimeProvider time, CancellationToken cancel)
    {
        var connection = new MarketConnection(new EthereumClient(rpc, time), deployment, time);
        try
        {
            await connection.CheckAsync(cancel);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A sender for <paramref name="key"/>; one per key and process.</summary>
    public TransactionSender Sender(EthereumKey key, SenderOptions? options = null) =>
        new(Client, key, Deployment.ChainId, options ?? new SenderOptions(), _time);

    /// <summary>The market as the account of <paramref name="sender"/> may change it.</summary>
    public ComputeMarketAccount As(TransactionSender sender) => new(Deployment.Market, sender);

    /// <summary>A follower of the market's and the registry's events from their deployment on, or from where an earlier one stood.</summary>
    public EventFollower Follow(FollowerOptions? options = null, IEnumerable<ChainPoint>? cursor = null) => new(
        Client, options ?? new FollowerOptions(), [Deployment.Market, Deployment.Registry], MarketEvents.Set, Deployment.Block, cursor ?? [], _time);

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private async Task CheckAsync(CancellationToken cancel)
    {
        var chain = await Client.ChainIdAsync(cancel);
        if (chain != Deployment.ChainId) throw new DeploymentException(DeploymentFault.OtherChain, $"{Client.Rpc.Endpoint} is chain {chain}, not {Deployment.ChainId}");
        if ((await Client.CodeAsync(Deployment.Market, cancel)).Length == 0)
        {
            throw new DeploymentException(DeploymentFault.NoContract, $"chain {chain} has no contract at {Deployment.Market}: it was started anew, or is another chain");
        }

        try
        {
            var version = await Market.VersionAsync(cancel);
            if (version != Deployment.InterfaceVersion)
            {
                throw new DeploymentException(DeploymentFault.OtherVersion, $"the market speaks interface version {version}, not {Deployment.InterfaceVersion}");
            }

            var genesis = await Market.GenesisAsync(cancel);
            if (genesis != Deployment.Genesis) throw new DeploymentException(DeploymentFault.OtherGenesis, $"the market's genesis is {genesis}, not {Deployment.Genesis}");

            var (asset, registry) = (await Market.AssetAsync(cancel), await Market.RegistryAsync(cancel));
            if (asset != Deployment.Token || registry != Deployment.Registry)
            {
                throw new DeploymentException(DeploymentFault.OtherGenesis, $"the market's asset is {asset} and its registry {registry}, not {Deployment.Token} and {Deployment.Registry}");
            }
        }
        catch (ContractReadException e)
        {
            throw new DeploymentException(DeploymentFault.NoContract, $"the contract at {Deployment.Market} is no market: {e.Message}", e);
        }
    }
}
