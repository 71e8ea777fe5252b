using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Market.Chain.Development;
using Market.Client.Development.Wiring;

namespace Market.Unit.Tests.Client.Development;

/// <summary>Real sockets over one line, which leads to a server that sends back what it gets.</summary>
public sealed class SwitchboardTests : IAsyncLifetime
{
    private const string Name = "chain/node-1";
    private readonly string _folder = Directory.CreateTempSubdirectory("switchboard-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly int _port = DevChain.FreePort();
    private SwitchboardFiles _files = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _server.Start();
        _files = new SwitchboardFiles(_folder);
        _files.Write([new Line(Name, _port, ((IPEndPoint)_server.LocalEndpoint).Port)]);
        _running = Task.WhenAll(new Switchboard(_files, TimeProvider.System).RunAsync(_stop.Token), ServeAsync());
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _server.Dispose();
        await _running;
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Open_PassesBothWays()
    {
        using var caller = await CallAsync();

        await caller.SendAsync(new byte[] { 7 }, Cancel);

        Assert.Equal(7, await ReceiveAsync(caller, Cancel));
    }

    [Fact]
    public async Task Silent_HoldsBack_AndLosesNothing()
    {
        using var caller = await CallAsync();
        Set(LineMode.Silent);

        // Bytes pass until the board has seen the change; the first that does not come back is the one that waits.
        byte last = 0;
        do await caller.SendAsync(new[] { ++last }, Cancel);
        while (await ReceiveForAWhileAsync(caller) == last);
        Set(LineMode.Open);

        Assert.Equal(last, await ReceiveAsync(caller, Cancel));
    }

    [Fact]
    public async Task Refused_BreaksWhatIsOpen_AndOpensAgain()
    {
        using var caller = await CallAsync();

        Set(LineMode.Refused);

        await Assert.ThrowsAsync<SocketException>(async () => Assert.Equal(0, await ReceiveAsync(caller, Cancel)));
        using (var refused = await CallAsync()) await Assert.ThrowsAsync<SocketException>(async () => Assert.Equal(0, await ReceiveAsync(refused, Cancel)));
        Set(LineMode.Open);
        while (!await AnswersAsync())
        {
            // The board has not seen it yet.
        }
    }

    private void Set(LineMode mode) => _files.Write(ImmutableDictionary<string, LineState>.Empty.Add(Name, new LineState(mode)));

    private async Task<bool> AnswersAsync()
    {
        using var caller = await CallAsync();
        try
        {
            await caller.SendAsync(new byte[] { 3 }, Cancel);
            return await ReceiveAsync(caller, Cancel) == 3;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<Socket> CallAsync()
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port, Cancel);
                return socket;
            }
            catch (SocketException)
            {
                // It does not listen yet.
                socket.Dispose();
            }
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = EchoAsync(await _server.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var one = new byte[1];
                while (await socket.ReceiveAsync(one, _stop.Token) == 1) await socket.SendAsync(one, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The caller or the test is gone.
            }
        }
    }

    private static async Task<int> ReceiveAsync(Socket socket, CancellationToken cancel)
    {
        var one = new byte[1];
        return await socket.ReceiveAsync(one, cancel) == 1 ? one[0] : 0;
    }

    private static async Task<int> ReceiveForAWhileAsync(Socket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMilliseconds(300));
        try
        {
            return await ReceiveAsync(socket, patience.Token);
        }
        catch (OperationCanceledException) when (!Cancel.IsCancellationRequested)
        {
            return 0;
        }
    }
}
