using System.Runtime.InteropServices;
using Market.Node.Bidding;
using Market.Node.Leases;

namespace Market.Node.Hosting;

/// <summary>
/// Ends the node in two phases. The first signal: no new work, the bid is withdrawn, what runs is finished. At the deadline
/// what still runs is handed back. A second signal ends the node at once: the journal lets a next start go on.
/// </summary>
internal sealed partial class DrainService(
    Drain drain, LeaseService leases, BidStatus bid, LiveOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DrainService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    // A terminal's interrupt and what a parent process sends on because of it are one wish, not two.
    private static readonly TimeSpan SameWish = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HandBack = TimeSpan.FromSeconds(10);

    private long _begunAt;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(drain.Begun, stoppingToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stoppingToken.ThrowIfCancellationRequested();
            var limit = options.Current.Drain;
            LogDraining(limit);
            if (!await WaitAsync(() => !leases.IsBusy && !bid.Standing, limit, stoppingToken) && leases.IsBusy)
            {
                LogHandingBack();
                drain.End();
                await WaitAsync(() => !leases.IsBusy, HandBack, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Ended at once.
        }

        lifetime.StopApplication();
    }

    private async Task<bool> WaitAsync(Func<bool> done, TimeSpan limit, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (!done())
        {
            if (time.GetElapsedTime(started) >= limit) return false;
            await Task.Delay(Look, time, cancel);
        }

        return true;
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!drain.IsDraining)
        {
            _begunAt = time.GetTimestamp();
            drain.Begin();
            return;
        }

        if (time.GetElapsedTime(_begunAt) < SameWish) return;

        LogAtOnce();
        lifetime.StopApplication();
    }

    [LoggerMessage(4601, LogLevel.Information, "Draining: no new work; running leases have {Limit} to finish")]
    private partial void LogDraining(TimeSpan limit);

    [LoggerMessage(4602, LogLevel.Warning, "Draining took too long; what still runs is handed back")]
    private partial void LogHandingBack();

    [LoggerMessage(4603, LogLevel.Warning, "Ending at once; unfinished leases may expire unless this node starts again in time")]
    private partial void LogAtOnce();
}
