using System.Net;
using System.Net.Sockets;
using Market.Ethereum.Rpc;

namespace Market.Unit.Tests.Ethereum.Rpc;

public sealed class ResetConnectionTests
{
    [Fact]
    public async Task Call_OfAnEndpointThatResetsEveryConnectionAtOnce_IsUnreachable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var resetting = ResetAsync(listener, stop.Token);
        using var client = new JsonRpcClient(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), new JsonRpcOptions(), TimeProvider.System);
        var ethereum = new EthereumClient(client);

        // Which step of connecting the reset meets differs from call to call.
        for (var call = 0; call < 200; call++)
        {
            await Assert.ThrowsAsync<RpcUnreachableException>(() => ethereum.BlockNumberAsync(TestContext.Current.CancellationToken));
        }

        await stop.CancelAsync();
        await resetting;
    }

    private static async Task ResetAsync(TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync(stop);
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
