using Market.Chain.Contracts;
using Market.Ethereum.Rpc;
using Market.Node.Chain;

namespace Market.Node.Hosting;

/// <summary>
/// A loop that looks at the chain at every block and does what is due. It keeps nothing that the chain or the journal does
/// not, so a failed round is simply done again at the next block.
/// </summary>
internal abstract partial class ReconcilingService(ChainHead head, TimeProvider time, ILogger logger) : BackgroundService
{
    // Without blocks, wall-clock matters such as a peer that came up are still looked at.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>Does what is due at the newest block.</summary>
    protected abstract Task ReconcileAsync(Head now, CancellationToken cancel);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = head.NextChange;
            try
            {
                if (head.Current.Number > 0) await ReconcileAsync(head.Current, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RpcUnreachableException or JsonRpcException or ContractReadException)
            {
                LogUnreachable(GetType().Name, e.Message);
            }
#pragma warning disable CA1031 // The edge of a loop: one bad round must not end the node.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(e, GetType().Name);
            }

            try
            {
                await changed.WaitAsync(Idle, time, stoppingToken);
            }
            catch (TimeoutException)
            {
                // Look again.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "{Service} could not reach the chain; trying again at the next block: {Reason}")]
    private partial void LogUnreachable(string service, string reason);

    [LoggerMessage(4002, LogLevel.Error, "{Service} failed; trying again at the next block")]
    private partial void LogFailed(Exception exception, string service);
}
