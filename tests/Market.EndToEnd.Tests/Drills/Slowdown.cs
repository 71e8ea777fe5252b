using System.Diagnostics;
using System.Globalization;
using Market.Client.Configuration;
using Market.Client.Development;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>
/// Slows a node's workers tenfold for as long as it lives: they are stopped nine tenths of each period (SIGSTOP, SIGCONT), as on
/// a machine that another tenant keeps busy. The node itself runs on.
/// </summary>
internal sealed class Slowdown : IAsyncDisposable
{
    private const int Tenths = 9;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;

    private Slowdown(string home, string node) => _running = Task.Run(() => SlowAsync(home, node));

    /// <summary>How often something was stopped.</summary>
    public int Stops { get; private set; }

    public static Slowdown Of(string home, string node) => new(home, node);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    private async Task SlowAsync(string home, string node)
    {
        using var timer = new PeriodicTimer(Period / 10);
        for (var tick = 0; ; tick++)
        {
            try
            {
                await timer.WaitForNextTickAsync(_over.Token);
            }
            catch (OperationCanceledException)
            {
                await SignalAsync(Workers(home, node), "CONT");
                return;
            }

            // New workers come along at any time, so each tick of the long part stops whoever runs.
            if (tick % 10 < Tenths)
            {
                var workers = Workers(home, node);
                Stops += workers.Count;
                await SignalAsync(workers, "STOP");
            }
            else await SignalAsync(Workers(home, node), "CONT");
        }
    }

    private static IReadOnlyList<int> Workers(string home, string node) =>
        LocalMarketFile.Read(new MarketHome(home))!.Nodes.Single(n => n.Name == node).Process.Children();

    private static async Task SignalAsync(IReadOnlyList<int> processes, string signal)
    {
        if (processes.Count == 0) return;
        var start = new ProcessStartInfo("kill") { RedirectStandardError = true };
        start.ArgumentList.Add($"-{signal}");
        foreach (var process in processes) start.ArgumentList.Add(process.ToString(CultureInfo.InvariantCulture));
        using var kill = Process.Start(start)!;
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
