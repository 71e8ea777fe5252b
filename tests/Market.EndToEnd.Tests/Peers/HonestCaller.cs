using System.Diagnostics;
using System.Security.Cryptography;
using Market.Blobs;
using Market.Ethereum.Signing;
using Market.Transport.Peers;

namespace Market.EndToEnd.Tests.Peers;

/// <summary>Someone who only wants to be served: asks how the node is, brings a blob and fetches it back, again and again.</summary>
internal sealed class HonestCaller(NodeUnderAttack node, EthereumKey key, string folder) : IDisposable
{
    private readonly PeerConnections _connections = new(node.Domain, key, TimeProvider.System, RandomNumberGenerator.Create());

    public List<TimeSpan> Served { get; } = [];

    /// <summary>Waits until the node has seen the caller's deposit.</summary>
    public async Task AdmittedAsync(CancellationToken cancel)
    {
        while (await _connections.To(node.Peer).GetStatusAsync(cancel) is { IsOk: false } reply)
        {
            Assert.True(reply.Reason == "CALLER_UNKNOWN", reply.Reason);
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancel);
        }
    }

    /// <summary>Goes on until told to stop; every visit must succeed.</summary>
    public async Task VisitAsync(CancellationToken stop)
    {
        var cancel = TestContext.Current.CancellationToken;
        var mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder, "mine") }, TimeProvider.System);
        var peer = _connections.To(node.Peer);
        do
        {
            var started = Stopwatch.GetTimestamp();
            var status = await peer.GetStatusAsync(cancel);
            Assert.True(status.IsOk, $"status: {status.Outcome} {status.Reason}");
            var name = (await mine.PutAsync(RandomNumberGenerator.GetBytes(150_000), cancel)).Name;
            var put = await peer.PutAsync(mine, [name], TimeSpan.FromMinutes(1), cancel);
            Assert.True(put.IsOk, $"put: {put.Outcome} {put.Reason}");
            Assert.True(mine.Delete(name));
            var get = await peer.GetAsync([name], mine, cancel);
            Assert.True(get.IsOk && mine.Delete(name), $"get: {get.Outcome} {get.Reason}");
            Served.Add(Stopwatch.GetElapsedTime(started));
            await Task.Delay(TimeSpan.FromMilliseconds(200), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stop.IsCancellationRequested);
    }

    public void Dispose() => _connections.Dispose();
}
