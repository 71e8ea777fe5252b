using System.Diagnostics;
using System.Globalization;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>The processes of a local market, to be killed and started again without warning.</summary>
internal sealed class Victims
{
    private readonly LocalMarket _market;

    private readonly MarketHome _home;

    private Victims(LocalMarket market, MarketHome home, IReadOnlyList<string> nodes) => (_market, _home, Nodes) = (market, home, nodes);

    /// <summary>Process id of the chain.</summary>
    public int Chain => LocalMarketFile.Read(_home)!.Chain.Id;

    /// <summary>Whether the chain can be killed and goes on.</summary>
    public bool ChainKeepsItsState => LocalMarketFile.Read(_home)!.Anvil is not null;

    /// <summary>Names of the nodes.</summary>
    public IReadOnlyList<string> Nodes { get; }

    public static Victims Of(LocalMarketFixture local)
    {
        var home = new MarketHome(local.Home);
        var market = LocalMarketFile.Read(home)!;
        return new Victims(new LocalMarket(home, TimeProvider.System), home, [.. market.Nodes.Select(n => n.Name)]);
    }

    /// <summary>kill -9 of a node and, with it gone, a new process on its data directory.</summary>
    /// <param name="name">The node.</param>
    /// <param name="lie">What the tests' faulty node lies about, if that is what runs again.</param>
    public async Task RestartNodeAsync(string name, string? lie = null)
    {
        await KillAsync(name);
        _market.StartNodeAgain(name, lie is null ? null : new Dictionary<string, string?> { [LocalMarket.LieVariable] = lie });
    }

    /// <summary>kill -9 of a node.</summary>
    public Task KillAsync(string name) => _market.KillNodeAsync(name, TestContext.Current.CancellationToken);

    /// <summary>A new process on a dead node's data directory.</summary>
    public void Start(string name) => _market.StartNodeAgain(name);

    /// <summary>kill -9 of what serves all connections, the chain's among them, and a new one after a while.</summary>
    public async Task RestartEndpointAsync(TimeSpan pause)
    {
        await _market.KillSwitchboardAsync(TestContext.Current.CancellationToken);
        await Task.Delay(pause, TestContext.Current.CancellationToken);
        _market.StartSwitchboardAgain();
    }

    /// <summary>kill -9 of the chain and, after a while, a new process on what it wrote down: its newest second is lost.</summary>
    public async Task RestartChainAsync(TimeSpan pause)
    {
        await _market.KillChainAsync(TestContext.Current.CancellationToken);
        await Task.Delay(pause, TestContext.Current.CancellationToken);
        await _market.StartChainAgainAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>kill -9 of every worker of a node, in the middle of whatever they run.</summary>
    public int KillWorkers(string name) => _market.KillWorkers(name);

    /// <summary>Stops a process from running, as a machine that swaps does, and lets it go on.</summary>
    public static async Task PauseAsync(int process, TimeSpan length)
    {
        await SignalAsync(process, "STOP");
        try
        {
            await Task.Delay(length, TestContext.Current.CancellationToken);
        }
        finally
        {
            await SignalAsync(process, "CONT");
        }
    }

    public static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { $"-{signal}", process.ToString(CultureInfo.InvariantCulture) }, RedirectStandardError = true })!;
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
