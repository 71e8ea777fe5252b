using System.Globalization;
using System.Security.Cryptography;
using Market.Chain.Deployments;
using Market.Chain.Development;
using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Hashing;

[assembly: AssemblyFixture(typeof(Market.Chain.Tests.Fixture.LocalMarket))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Market.Chain.Tests.Fixture;

/// <summary>A Hardhat chain of this test run alone, with the market deployed. Transactions are mined as they arrive.</summary>
public sealed class LocalMarket : IAsyncLifetime
{
    // The first account of the published development mnemonic: Hardhat funds it and the deployment signs with it.
    private static readonly EthereumKey Deployer = new(Hex.Decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chain-tests");
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private DevChain? _chain;
    private MarketConnection? _market;
    private TransactionSender? _deployer;

    /// <summary>Shorter waits than in production: the chain is on this machine.</summary>
    public static SenderOptions Fast { get; } = new() { PollInterval = TimeSpan.FromMilliseconds(10), InclusionTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>Where npm packages and contracts are.</summary>
    public static string Contracts { get; } = FindContracts();

    public MarketConnection Market => _market!;

    public DevChainClient Dev => new(Market.Client.Rpc);

    public string DeploymentFile => Path.Combine(_folder.FullName, "deployment.json");

    public Uri Rpc => _chain!.Rpc;

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var chainId = (ulong)RandomNumberGenerator.GetInt32(40_000, int.MaxValue);
        _chain = await DevChain.StartAsync(Contracts, Path.Combine(_folder.FullName, "chain.log"), chainId, TimeSpan.Zero, TimeProvider.System, cancel);
        await _chain.DeployAsync(Contracts, DeploymentFile, cancel);
        _market = await MarketConnection.OpenAsync(_chain.Rpc, await Deployment.ReadAsync(DeploymentFile, cancel), TimeProvider.System, cancel);
        _deployer = _market.Sender(Deployer, Fast);
    }

    /// <summary>A new account with 10 ether, tokens and, of those, credit in the market.</summary>
    public async Task<Actor> ActorAsync(uint tokens, uint credit, SenderOptions? options = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        var key = EthereumKey.Generate(_random);
        await Dev.SetBalanceAsync(key.Address, UInt128.Parse("10000000000000000000", CultureInfo.InvariantCulture), cancel);
        var actor = new Actor(Market, Market.Sender(key, options ?? Fast));
        if (tokens > 0) (await Market.Token.MintAsync(_deployer!, key.Address, Units(tokens), cancel)).Require();
        if (credit == 0) return actor;
        (await Market.Token.ApproveAsync(actor.Sender, Market.Deployment.Market, Units(credit), cancel)).Require();
        (await actor.Market.DepositAsync(Units(credit), cancel)).Require();
        return actor;
    }

    /// <summary>Whole tokens.</summary>
    public static Amount Units(uint tokens) => new((UInt128)tokens * 1_000_000);

    /// <summary>Moves the chain's clock and mines, so that reads see it.</summary>
    public async Task PassAsync(ulong seconds)
    {
        await Dev.IncreaseTimeAsync(seconds, TestContext.Current.CancellationToken);
        await Dev.MineAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _deployer?.Dispose();
        _market?.Dispose();
        _random.Dispose();
        if (_chain is not null) await _chain.Process.StopAsync(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None);
        _folder.Delete(recursive: true);
    }

    // Not by the source's path: a deterministic build maps that away.
    private static string FindContracts()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Market.sln"))) return Path.Combine(at.FullName, "contracts");
        }

        throw new InvalidOperationException("Market.sln is in no folder above the tests");
    }
}
