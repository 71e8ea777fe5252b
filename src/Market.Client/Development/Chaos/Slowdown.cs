using System.Diagnostics;
using System.Globalization;

namespace Market.Client.Development.Chaos;

/// <summary>
/// Slows a local node's workers so many times until disposed: of as many twentieths of a second they run in one and are stopped
/// in the others (SIGSTOP, SIGCONT), as on a machine that others keep busy. The node itself runs on, and knows nothing of it but
/// how slow it is.
/// </summary>
public sealed class Slowdown : IAsyncDisposable
{
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<LocalNode> _node;
    private readonly int _times;
    private readonly TimeProvider _time;
    private readonly Task _running;

    /// <summary>Begins.</summary>
    /// <param name="node">The node as it runs now: it may have been started anew.</param>
    /// <param name="times">How many times slower, at least two.</param>
    /// <param name="time">The clock.</param>
    public Slowdown(Func<LocalNode> node, int times, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 2);
        (_node, _times, _time) = (node, times, time);
        _running = Task.Run(SlowAsync);
    }

    /// <summary>How often a worker was stopped.</summary>
    public int Stops { get; private set; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    private async Task SlowAsync()
    {
        using var timer = new PeriodicTimer(Piece, _time);
        IReadOnlyList<int> workers = [];
        try
        {
            for (var piece = 0; await timer.WaitForNextTickAsync(_over.Token); piece = (piece + 1) % _times)
            {
                if (piece == _times - 1)
                {
                    await SignalAsync(workers, "CONT");
                }
                else if (piece % 5 == 0)
                {
                    // Again and again: a worker may have come along meanwhile.
                    workers = _node().Process.Children();
                    Stops += workers.Count;
                    await SignalAsync(workers, "STOP");
                }
            }
        }
        catch (OperationCanceledException)
        {
            await SignalAsync(_node().Process.Children(), "CONT");
        }
    }

    private static async Task SignalAsync(IReadOnlyList<int> processes, string signal)
    {
        if (processes.Count == 0) return;
        var start = new ProcessStartInfo("kill") { RedirectStandardError = true };
        start.ArgumentList.Add($"-{signal}");
        foreach (var process in processes) start.ArgumentList.Add(process.ToString(CultureInfo.InvariantCulture));
        using var kill = Process.Start(start) ?? throw new InvalidOperationException("kill was not started");
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
