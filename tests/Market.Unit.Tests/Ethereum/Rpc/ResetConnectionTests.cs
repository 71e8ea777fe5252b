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
        var resetting = ResetAsync(listener);
        using var client = new JsonRpcClient(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), new JsonRpcOptions(), TimeProvider.System);
        var ethereum = new EthereumClient(client);

        // Which step of connecting the reset meets differs from call to call.
        for (var call = 0; call < 200; call++)
        {
            await Assert.ThrowsAsync<RpcUnreachableException>(() => ethereum.BlockNumberAsync(TestContext.Current.CancellationToken));
        }

        listener.Stop();
        await resetting;
    }

    private static async Task ResetAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
