using System.Diagnostics;
using System.Security.Cryptography;
using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Bench.Jobs;

/// <summary>A blob to a node and back over TLS, proven on both sides and flushed, beside a plain copy of the file that is flushed too.</summary>
internal static class TransferBenchmark
{
    private const int Bytes = 128_000_000;
    private const int Rounds = 5;

    public static async Task<TransferResult> RunAsync(BenchMarket market, string folder)
    {
        var deployment = market.Client.Connection.Deployment;
        using var connections = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), market.Key, TimeProvider.System, RandomNumberGenerator.Create());
        var peer = connections.To(market.PeerOf(0));
        var mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder, "mine") }, TimeProvider.System);
        List<double> copies = [], puts = [], gets = [], hashes = [];

        // One round more, which warms up and does not count. All kinds in turn, so that what else goes on meets all.
        for (var round = 0; round <= Rounds; round++)
        {
            var content = RandomNumberGenerator.GetBytes(Bytes);
            var started = Stopwatch.GetTimestamp();
            _ = ByteTree.Root(content);
            hashes.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            var name = (await mine.PutAsync(content, CancellationToken.None)).Name;
            copies.Add(await CopyAsync(mine.PathOf(name)!, Path.Combine(folder, "copy")));

            started = Stopwatch.GetTimestamp();
            var put = await peer.PutAsync(mine, [name], TimeSpan.FromSeconds(1), CancellationToken.None);
            puts.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            if (!put.IsOk) throw new InvalidOperationException($"put: {put.Reason}");

            mine.Delete(name);
            started = Stopwatch.GetTimestamp();
            var get = await peer.GetAsync([name], mine, CancellationToken.None);
            gets.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            if (!get.IsOk || !mine.Delete(name)) throw new InvalidOperationException($"get: {get.Reason}");
        }

        double Rate(List<double> seconds) => Bytes / 1e6 / seconds.Skip(1).Order().ElementAt(Rounds / 2);
        var (copy, toNode, fromNode) = (Rate(copies), Rate(puts), Rate(gets));
        return new TransferResult(Bytes / 1e6, Rounds, copy, toNode, fromNode, toNode / copy, fromNode / copy, Rate(hashes));
    }

    private static async Task<double> CopyAsync(string from, string to)
    {
        File.Delete(to);
        var started = Stopwatch.GetTimestamp();
        await using (var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous))
        await using (var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
        {
            await source.CopyToAsync(target, 1 << 20);
            target.Flush(flushToDisk: true);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
