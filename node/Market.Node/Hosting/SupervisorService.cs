using System.Globalization;
using Market.Node.Health;
using Microsoft.Extensions.Hosting.Systemd;

namespace Market.Node.Hosting;

/// <summary>
/// Tells systemd (Type=notify, WatchdogSec) that the node runs, goes on running, and goes down. Under any other supervisor
/// it does nothing. Source: sd_notify(3).
/// </summary>
internal sealed class SupervisorService(NodeStatus status, Drain drain, TimeProvider time) : BackgroundService
{
    private const string IntervalVariable = "WATCHDOG_USEC";
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);
    private readonly SystemdNotifier _systemd = new();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_systemd.IsEnabled) return;
        _systemd.Notify(ServiceState.Ready);
        using var draining = drain.Begun.Register(() => _systemd.Notify(ServiceState.Stopping));
        using var timer = new PeriodicTimer(Interval(), time);
        try
        {
            do
            {
                // A node that hangs stays silent, and systemd starts it anew.
                if (status.IsAlive) _systemd.Notify(new ServiceState("WATCHDOG=1"));
                _systemd.Notify(new ServiceState($"STATUS={Line()}"));
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    // Twice as often as asked for, so that one late timer is no death.
    private static TimeSpan Interval() =>
        long.TryParse(Environment.GetEnvironmentVariable(IntervalVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var micros) && micros > 0
            ? TimeSpan.FromMicroseconds(micros / 2.0)
            : StatusInterval;

    private string Line()
    {
        var reasons = status.NotReadyBecause();
        return reasons.Count == 0 ? $"takes work, {status.BusyLanes} tasklets running" : string.Join("; ", reasons);
    }
}
