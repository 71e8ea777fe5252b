using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Ethereum.Rpc;
using Market.Transport.Peers;

namespace Market.Node.Chain;

/// <summary>Follows the chain: folds events into the market's state, keeps the peer table, and tells everyone of new blocks.</summary>
internal sealed partial class ChainService(
    MarketAccess market, MarketProjection projection, PeerTable peers, KnownCallers callers, OpenDemands demands, ChainHead head, TimeProvider time, ILogger<ChainService> logger)
    : BackgroundService
{
    private static readonly FollowerOptions Options = new();
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private bool _unreachable;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var follower = market.Connection.Follow(Options);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var update in await follower.PollAsync(stoppingToken)) Apply(update);
                if (projection.State.Head is { } newest) head.Set(newest);
                if (_unreachable) LogReachable(head.Current.Number);
                _unreachable = false;
                head.Looked(reachable: true, time.GetTimestamp());
                await Task.Delay(Options.PollInterval, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
            {
                if (!_unreachable) LogUnreachable(e.Message);
                _unreachable = true;
                head.Looked(reachable: false, time.GetTimestamp());
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or ArgumentException)
            {
                // An endpoint left an event out, or told one that never was: what is known is worth nothing any more.
                LogContradiction(e.Message);
                projection.Apply(new ChainUpdate.RolledBack(null));
                follower = market.Connection.Follow(Options);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
#pragma warning disable CA1031 // The edge of a loop: a node that does not follow the chain loses its bonds.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(e);
                head.Looked(reachable: false, time.GetTimestamp());
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Apply(ChainUpdate update)
    {
        projection.Apply(update);
        switch (update)
        {
            case ChainUpdate.RolledBack rolledBack:
                LogRolledBack(rolledBack.To?.Number ?? 0);
                foreach (var gone in peers.All.Where(p => !projection.State.Devices.ContainsKey(p.Device))) peers.Remove(gone.Device);
                foreach (var device in projection.State.Devices.Keys) SetPeer(device);
                break;
            case ChainUpdate.Advanced advanced:
                foreach (var e in advanced.Events) Note(e.Message);
                break;
        }
    }

    private void Note(object message)
    {
        switch (message)
        {
            case DeviceRegisteredEvent m: SetPeer(new DeviceId(m.Device)); break;
            case EndpointSetEvent m: SetPeer(new DeviceId(m.Device)); break;
            case OperatorSetEvent m: SetPeer(new DeviceId(m.Device)); break;
            case DeviceReleasedEvent m: peers.Remove(new DeviceId(m.Device)); break;
            case DemandedEvent m: demands.Set(new LeaseKey(m.LeaseKey), m.What); break;
            case AnsweredEvent m: demands.Remove(new LeaseKey(m.LeaseKey)); break;
            case DemandFailedEvent m: demands.Remove(new LeaseKey(m.LeaseKey)); break;
            case DepositedEvent m: callers.Add(m.Account); break;
            default: break;
        }
    }

    private void SetPeer(DeviceId id)
    {
        if (projection.State.Devices.TryGetValue(id, out var device)
            && PeerTable.TryMake(id, device.Endpoint, device.TransportKey, device.Operator, out var peer))
        {
            peers.Set(peer!);
            return;
        }

        peers.Remove(id);
    }

    [LoggerMessage(4010, LogLevel.Warning, "The chain cannot be reached; trying again every second: {Reason}")]
    private partial void LogUnreachable(string reason);

    [LoggerMessage(4011, LogLevel.Information, "The chain is reached again at block {Block}")]
    private partial void LogReachable(ulong block);

    [LoggerMessage(4014, LogLevel.Error, "Following the chain failed; trying again every second")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(4013, LogLevel.Warning, "What the chain's endpoint told does not fit together; reading everything anew: {Reason}")]
    private partial void LogContradiction(string reason);

    [LoggerMessage(4012, LogLevel.Warning, "Blocks above {Block} fell out of the chain")]
    private partial void LogRolledBack(ulong block);
}
