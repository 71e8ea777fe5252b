using System.Diagnostics;
using System.Text.Json;
using Market.Chain;
using Market.Chain.Deployments;
using Market.Chain.Following;
using Market.Chain.Projection;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Wallets;
using Market.Ethereum.Signing;

namespace Market.EndToEnd.Tests.Harness;

/// <summary>A whole local market, started and stopped by the command line itself, in a home of its own.</summary>
public class LocalMarketFixture : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("market-test-").FullName;

    internal MarketProcess Market { get; private set; } = null!;

    internal string Home => Path.Combine(_root, "home");

    /// <summary>Environment of the chain and the nodes.</summary>
    protected virtual IReadOnlyDictionary<string, string> StartEnvironment { get; } = new Dictionary<string, string>();

    /// <summary>Whether any test will use it: a market that only skipped tests would use is not started.</summary>
    protected virtual bool IsWanted => true;

    /// <summary>How <c>dev up</c> is called.</summary>
    protected virtual string[] StartArguments => ["--nodes", "3"];

    public virtual async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Home);
        Market = new MarketProcess(Home);
        if (!IsWanted) return;
        (await Market.RunAsync(["dev", "up", .. StartArguments, "--json", "--verbose"], environment: StartEnvironment)).Exits(0);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Whatever the tests did, and wherever they stopped: no unit is lost or created.
            if (IsWanted) await AssertExactAsync();
        }
        finally
        {
            if (IsWanted) (await Market.RunAsync(["dev", "down"])).Exits(0);
            Directory.Delete(_root, recursive: true);
            await StoppedAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Called when the market is down.</summary>
    protected virtual ValueTask StoppedAsync() => default;

    /// <summary>Looks until something is so.</summary>
    /// <param name="seen">Looks once.</param>
    /// <param name="what">What is waited for, for the failure.</param>
    internal static async Task UntilAsync(Func<Task<bool>> seen, string what)
    {
        var started = Stopwatch.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await seen())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(2), $"waited in vain for {what}");
            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A fresh folder for one test's job.</summary>
    internal string Folder() => Directory.CreateDirectory(Path.Combine(_root, "work", Path.GetRandomFileName())).FullName;

    /// <summary>The chain itself, past everything that stands between it and the market's processes.</summary>
    internal async Task<MarketConnection> ConnectAsync()
    {
        var home = new MarketHome(Home);
        var market = LocalMarketFile.Read(home)!;
        var deployment = await Deployment.ReadAsync(new ProfileStore(home).Read(market.Profile).Deployment, TestContext.Current.CancellationToken);
        return await MarketConnection.OpenAsync(market.Rpc, deployment, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>What the chain tells of the market until now.</summary>
    internal static async Task<(MarketState State, IReadOnlyList<object> Messages)> StateAsync(MarketConnection chain)
    {
        var (projection, messages) = (new MarketProjection(), new List<object>());
        foreach (var update in await chain.Follow().PollAsync(TestContext.Current.CancellationToken))
        {
            projection.Apply(update);
            if (update is ChainUpdate.Advanced advanced) messages.AddRange(advanced.Events.Select(e => e.Message));
        }

        return (projection.State, messages);
    }

    /// <summary>The consumer's key, which <c>job run</c> signs with.</summary>
    internal async Task<EthereumKey> ConsumerKeyAsync()
    {
        var home = new MarketHome(Home);
        var market = LocalMarketFile.Read(home)!;
        return await new WalletStore(home).UnlockAsync(market.Wallet, (await File.ReadAllTextAsync(market.PasswordFile, TestContext.Current.CancellationToken)).Trim(), TestContext.Current.CancellationToken);
    }

    /// <summary>Process ids by name, as <c>dev status</c> tells.</summary>
    internal async Task<IReadOnlyDictionary<string, int>> ProcessesAsync() =>
        (await Market.RunAsync(["dev", "status", "--json"])).Exits(0).Json.GetProperty("processes").EnumerateArray()
            .Where(p => p.GetProperty("running").GetBoolean())
            .ToDictionary(p => p.GetProperty("name").GetString()!, p => p.GetProperty("pid").GetInt32());

    /// <summary>Fails unless credits, stakes and escrows are exactly what the market contract holds.</summary>
    internal async Task AssertExactAsync()
    {
        var audit = (await Market.RunAsync(["dev", "audit", "--json"])).Exits(0);
        Assert.True(audit.Json.GetProperty("exact").GetBoolean());
    }

    /// <summary>Looks at a job, changing nothing, until it is as <paramref name="wanted"/> says.</summary>
    internal async Task<JsonElement> WaitForAsync(string job, Func<JsonElement, bool> wanted)
    {
        var started = Stopwatch.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (; ; await look.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            var seen = (await Market.RunAsync(["job", "show", job, "--json"])).Exits(0).Json;
            if (wanted(seen)) return seen;
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(3), $"job {job} did not get there: {seen}");
        }
    }
}
