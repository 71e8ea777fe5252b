using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Chain.Development;
using Market.Client.Configuration;
using Market.Client.Development.Wiring;
using Market.Client.Faults;
using Market.Ethereum.Rpc;

namespace Market.Client.Development.Chaos;

/// <summary>Makes things go wrong with the processes and connections of a local market that runs, and mends all of it at the end.</summary>
public sealed class ChaosRun(MarketHome home, ChaosOptions options, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private readonly LocalMarket _local = new(home, time);
    private readonly SwitchboardFiles _switchboard = new(home.Dev);

    /// <summary>Tells each strike as it begins and its node's name, and strikes before the next is asked for.</summary>
    /// <exception cref="MarketException">No local market runs (E1009), or it has no switchboard that lines could be cut at (E1020).</exception>
    public async IAsyncEnumerable<(ChaosStrike Strike, string Node)> RunAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var market = LocalMarketFile.Read(home);
        if (market?.Chain.IsRunning() != true) throw new MarketException("E1009", ExitCode.Usage, "No local market runs.", "market dev up --switchboard");
        if (market.Switchboard is null && options.Modes.Any(NeedsSwitchboard))
        {
            throw new MarketException(
                "E1020", ExitCode.Usage, "This local market's connections go straight to their ends; there is no line that could be slowed or cut.", "market dev down; market dev up --switchboard");
        }

        var started = time.GetTimestamp();
        try
        {
            foreach (var strike in ChaosPlan.Of(options, market.Nodes.Count).Take(options.Strikes))
            {
                if (time.GetElapsedTime(started) + strike.After > options.Length) yield break;
                await Task.Delay(strike.After, time, cancel);
                var node = market.Nodes[strike.Node].Name;
                yield return (strike, node);
                await StrikeAsync(strike, node, market.Rpc, cancel);
            }
        }
        finally
        {
            await MendAsync();
        }
    }

    private static bool NeedsSwitchboard(ChaosMode mode) => mode is ChaosMode.Slow or ChaosMode.Partition or ChaosMode.RpcDown;

    private async Task StrikeAsync(ChaosStrike strike, string node, Uri chain, CancellationToken cancel)
    {
        switch (strike.Mode)
        {
            case ChaosMode.Crash when strike.Coin:
                await _local.KillNodeAsync(node, cancel);
                await Task.Delay(strike.Lasts, time, cancel);
                _local.StartNodeAgain(node);
                break;
            case ChaosMode.Crash:
                _local.KillWorkers(node);
                break;
            case ChaosMode.Slow:
                await CutAsync(strike, IsChain, new LineState(LineMode.Open, strike.DelayMilliseconds), cancel);
                break;
            case ChaosMode.Partition:
                await CutAsync(strike, name => !IsChain(name) || name == LocalMarket.ChainLine(node), new LineState(LineMode.Silent), cancel);
                break;
            case ChaosMode.Reorg:
                await ReorganiseAsync(strike, chain, cancel);
                break;
            case ChaosMode.RpcDown:
                await CutAsync(strike, IsChain, new LineState(LineMode.Refused), cancel);
                break;
            default:
                throw new InvalidOperationException("the modes are closed");
        }
    }

    private static bool IsChain(string line) => line.StartsWith("chain/", StringComparison.Ordinal);

    private async Task CutAsync(ChaosStrike strike, Func<string, bool> which, LineState state, CancellationToken cancel)
    {
        _switchboard.Write(_switchboard.Lines().Where(line => which(line.Name)).ToImmutableDictionary(line => line.Name, _ => state));
        await Task.Delay(strike.Lasts, time, cancel);
        _switchboard.Write(ImmutableDictionary<string, LineState>.Empty);
    }

    private async Task ReorganiseAsync(ChaosStrike strike, Uri chain, CancellationToken cancel)
    {
        // Straight to the chain: whatever is wrong with lines is not meant for us.
        using var client = new EthereumClient(chain, time);
        var fork = await Reorganisation.BeginAsync(client, cancel);
        var started = time.GetTimestamp();
        while (await client.BlockNumberAsync(cancel) < fork.Fork + strike.Depth && time.GetElapsedTime(started) < strike.Lasts) await Task.Delay(Look, time, cancel);
        await fork.TakeBackAsync(strike.Depth, strike.Coin, cancel);
    }

    // Not cancelled: what was broken is mended whatever ends the run.
    private async Task MendAsync()
    {
        if (LocalMarketFile.Read(home) is not { } market) return;
        if (market.Switchboard is not null) _switchboard.Write(ImmutableDictionary<string, LineState>.Empty);
        foreach (var node in market.Nodes.Where(n => !n.Process.IsRunning())) _local.StartNodeAgain(node.Name);
        await _local.WaitUntilReadyAsync(LocalMarketFile.Read(home)!, new LocalMarketOptions().ReadyLimit, CancellationToken.None);
    }
}
