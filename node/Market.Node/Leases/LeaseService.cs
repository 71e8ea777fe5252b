using Market.Chain.Contracts;
using Market.Chain.Projection;
using Market.Domain.Leases;
using Market.Ethereum.Rpc;
using Market.Node.Bidding;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Observing;
using Market.Node.Storage;

namespace Market.Node.Leases;

/// <summary>Sees to every lease of this device that is not over: those on the chain and those in the journal.</summary>
internal sealed partial class LeaseService(
    MarketAccess market,
    MarketProjection projection,
    Journal journal,
    LeasePins pins,
    LeaseBoard board,
    LeaseWorker worker,
    OpenDemands demands,
    Respite respite,
    NodeOptions options,
    Drain drain,
    ProviderMetrics metrics,
    ChainHead head,
    TimeProvider time,
    ILogger<LeaseService> logger)
    : ReconcilingService(head, time, logger)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private readonly Dictionary<LeaseKey, Task> _running = [];
    private readonly ChainHead _head = head;
    private readonly TimeProvider _time = time;
    private bool _resumed;

    /// <summary>Whether any lease is still to be run or committed.</summary>
    public bool IsBusy => board.Open.Any(p => p.Stage is LeaseStage.Fetching or LeaseStage.Running or LeaseStage.Committing or LeaseStage.Declining);

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        foreach (var (key, task) in _running.Where(r => r.Value.IsCompleted).ToList())
        {
            _running.Remove(key);
            await task;
        }

        if (!_resumed)
        {
            foreach (var record in journal.Leases().Where(r => !r.IsOver))
            {
                LogResumed(record.Key, record.Stage);
                Start(record.Lease, cancel);
            }

            _resumed = true;
        }

        foreach (var entry in projection.State.OpenLeasesOf(market.Device)) Start(entry.Lease, cancel);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var task in _running.Values) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Start(Lease lease, CancellationToken cancel)
    {
        var key = lease.Key();
        if (!_running.ContainsKey(key)) _running[key] = Task.Run(() => SeeToAsync(lease, cancel), CancellationToken.None);
    }

    private async Task SeeToAsync(Lease lease, CancellationToken cancel)
    {
        using var scope = logger.BeginScope(new LeaseScope(lease));
        var actor = new LeaseActor(lease, market, projection, journal, pins, board, worker, demands, respite, drain, metrics, _head, _time, options, logger);
        while (!cancel.IsCancellationRequested)
        {
            var changed = _head.NextChange;
            try
            {
                if (await actor.StepAsync(cancel)) return;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RpcUnreachableException or JsonRpcException or ContractReadException)
            {
                LogUnreachable(lease.Key(), e.Message);
            }
#pragma warning disable CA1031 // The edge of a loop: one bad look must not leave a lease to expire.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(e, lease.Key());
            }

            try
            {
                await changed.WaitAsync(Idle, _time, cancel);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // Look again, or end.
            }
        }
    }

    [LoggerMessage(4220, LogLevel.Information, "Lease {Lease} is resumed at {Stage}")]
    private partial void LogResumed(LeaseKey lease, LeaseStage stage);

    [LoggerMessage(4221, LogLevel.Warning, "Lease {Lease}: the chain cannot be reached; trying again at the next block: {Reason}")]
    private partial void LogUnreachable(LeaseKey lease, string reason);

    [LoggerMessage(4222, LogLevel.Error, "Lease {Lease}: a look failed; trying again at the next block")]
    private partial void LogFailed(Exception exception, LeaseKey lease);
}
