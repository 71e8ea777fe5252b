using System.Net;
using System.Net.Sockets;

namespace Market.Client.Development.Wiring;

/// <summary>Passes TCP connections on over one line, as its state allows.</summary>
internal sealed class LineRelay(Line line, TimeProvider time) : IDisposable
{
    private const int PieceBytes = 64 << 10;
    private readonly Lock _lock = new();
    private LineState _state = LineState.Open;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _broken = new();

    /// <summary>Changes what is wrong with the line.</summary>
    public void Set(LineState state)
    {
        CancellationTokenSource? broken = null;
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (state == _state) return;
            _state = state;
            if (state.Mode == LineMode.Refused) (broken, _broken) = (_broken, new CancellationTokenSource());
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
        broken?.Cancel();
        broken?.Dispose();
    }

    /// <summary>Serves the line until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var listener = new TcpListener(IPAddress.Loopback, line.Port);
        listener.Start();
        while (!cancel.IsCancellationRequested)
        {
            var caller = await listener.AcceptSocketAsync(cancel);
            CancellationTokenSource? connection = null;
            lock (_lock)
            {
                if (_state.Mode != LineMode.Refused) connection = CancellationTokenSource.CreateLinkedTokenSource(_broken.Token, cancel);
            }

            if (connection is null) Reset(caller);
            else _ = ConnectAsync(caller, connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _broken.Dispose();
    }

    private async Task ConnectAsync(Socket caller, CancellationTokenSource connection)
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.NoDelay = true;
        using (caller)
        using (connection)
        {
            try
            {
                await target.ConnectAsync(IPAddress.Loopback, line.To, connection.Token);
                await Task.WhenAll(PumpAsync(caller, target, connection.Token), PumpAsync(target, caller, connection.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One end is gone, or the line was cut: both ends are told at once.
                Reset(caller);
                Reset(target);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken cancel)
    {
        var piece = new byte[PieceBytes];
        while (await from.ReceiveAsync(piece, cancel) is var read and > 0)
        {
            await PassAsync(cancel);
            for (var sent = 0; sent < read;) sent += await to.SendAsync(piece.AsMemory(sent, read - sent), cancel);
        }

        await PassAsync(cancel);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task PassAsync(CancellationToken cancel)
    {
        var held = false;
        while (true)
        {
            LineState state;
            Task changed;
            lock (_lock) (state, changed) = (_state, _changed.Task);
            if (state.Mode == LineMode.Open)
            {
                if (!held && state.DelayMilliseconds > 0) await Task.Delay(TimeSpan.FromMilliseconds(state.DelayMilliseconds), time, cancel);
                return;
            }

            held = true;
            await changed.WaitAsync(cancel);
        }
    }

    private static void Reset(Socket socket)
    {
        // Closed with data unsent and no lingering, the peer gets a reset instead of an orderly end.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
