using System.Collections.Immutable;
using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Following;
using Market.Chain.Transactions;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Chain;

/// <summary>A market on a chain that was checked to be the one meant. Start here.</summary>
public sealed class MarketConnection : IDisposable
{
    private readonly RpcPool _pool;
    private readonly TimeProvider _time;

    private MarketConnection(RpcPool pool, Deployment deployment, TimeProvider time)
    {
        _pool = pool;
        _time = time;
        var client = new EthereumClient(pool);
        Client = client;
        Deployment = deployment;
        Market = new ComputeMarketClient(client, deployment.Market);
        Registry = new CapabilityRegistryClient(client, deployment.Registry, deployment.ChainId);
        Token = new TokenClient(client, deployment.Token);
        Clock = new ChainClock(client);
    }

    /// <summary>The chain, by whichever endpoint serves it.</summary>
    public EthereumClient Client { get; }

    /// <summary>What is known of each endpoint.</summary>
    public ImmutableArray<RpcEndpointStatus> Endpoints => _pool.Endpoints;

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
    public static Task<MarketConnection> OpenAsync(Uri rpc, Deployment deployment, TimeProvider time, CancellationToken cancel) =>
        OpenAsync([rpc], deployment, new RpcPoolOptions(), time, cancel);

    /// <summary>Connects by several endpoints, of which one must serve the market now; each of them is checked before it is used.</summary>
    /// <exception cref="DeploymentException">All endpoints answer, and none serves the chain that <paramref name="deployment"/> describes.</exception>
    /// <exception cref="RpcUnreachableException">No endpoint serves it, and some do not answer.</exception>
    public static async Task<MarketConnection> OpenAsync(
        IReadOnlyList<Uri> rpc, Deployment deployment, RpcPoolOptions options, TimeProvider time, CancellationToken cancel)
    {
        DeploymentException? refused = null;
        async Task<string?> CheckAsync(IJsonRpc one, CancellationToken token)
        {
            try
            {
                await MarketConnection.CheckAsync(one, deployment, token);
                return null;
            }
            catch (DeploymentException e)
            {
                refused = e;
                return e.Message;
            }
        }

        var pool = new RpcPool(rpc, CheckAsync, options, time);
        try
        {
            await pool.CheckAsync(cancel);
            return new MarketConnection(pool, deployment, time);
        }
        catch (Exception e)
        {
            var allForeign = pool.Endpoints.All(p => p.State == RpcEndpointState.Foreign);
            pool.Dispose();
            if (e is RpcUnreachableException && allForeign && refused is not null) throw refused;
            throw;
        }
    }

    /// <summary>A sender for <paramref name="key"/>; one per key and process.</summary>
    /// <param name="key">Signs.</param>
    /// <param name="options">Fees and waits.</param>
    /// <param name="pending">Keeps what was sent over a crash; null keeps nothing.</param>
    public TransactionSender Sender(EthereumKey key, SenderOptions? options = null, IPendingStore? pending = null) =>
        new(Client, key, Deployment.ChainId, options ?? new SenderOptions(), pending ?? new NoPendingStore(), _time);

    /// <summary>The market as the account of <paramref name="sender"/> may change it.</summary>
    public ComputeMarketAccount As(TransactionSender sender) => new(Deployment.Market, sender);

    /// <summary>A follower of the events of market, registry, job manager and judge from their deployment on, or from where an earlier one stood.</summary>
    public EventFollower Follow(FollowerOptions? options = null, IEnumerable<ChainPoint>? cursor = null) => new(
        Client, options ?? new FollowerOptions(), Contracts, MarketEvents.Set, Deployment.Block, cursor ?? [], _pool.CheckAsync, _time);

    private ImmutableArray<Address> Contracts =>
        [.. new[] { Deployment.Market, Deployment.Registry, Deployment.Jobs, Deployment.Dispute }.OfType<Address>()];

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private static async Task CheckAsync(IJsonRpc rpc, Deployment deployment, CancellationToken cancel)
    {
        var client = new EthereumClient(rpc);
        var chain = await client.ChainIdAsync(cancel);
        if (chain != deployment.ChainId) throw new DeploymentException(DeploymentFault.OtherChain, $"{rpc.Endpoint} is chain {chain}, not {deployment.ChainId}");
        if ((await client.CodeAsync(deployment.Market, cancel)).Length == 0)
        {
            throw new DeploymentException(DeploymentFault.NoContract, $"chain {chain} has no contract at {deployment.Market}: it was started anew, or is another chain");
        }

        var market = new ComputeMarketClient(client, deployment.Market);

        try
        {
            var version = await market.VersionAsync(cancel);
            if (version != Deployment.InterfaceVersion)
            {
                throw new DeploymentException(DeploymentFault.OtherVersion, $"the market speaks interface version {version}, not {Deployment.InterfaceVersion}");
            }

            var genesis = await market.GenesisAsync(cancel);
            if (genesis != deployment.Genesis) throw new DeploymentException(DeploymentFault.OtherGenesis, $"the market's genesis is {genesis}, not {deployment.Genesis}");

            var (asset, registry) = (await market.AssetAsync(cancel), await market.RegistryAsync(cancel));
            if (asset != deployment.Token || registry != deployment.Registry)
            {
                throw new DeploymentException(DeploymentFault.OtherGenesis, $"the market's asset is {asset} and its registry {registry}, not {deployment.Token} and {deployment.Registry}");
            }
        }
        catch (ContractReadException e)
        {
            throw new DeploymentException(DeploymentFault.NoContract, $"the contract at {deployment.Market} is no market: {e.Message}", e);
        }
    }
}
