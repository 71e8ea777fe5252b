using System.Diagnostics;
using System.Security.Cryptography;
using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Bench.Jobs;

/// <summary>
/// A blob to a node and back over TLS, proven by its receiver and flushed, beside a plain copy of the file that is flushed
/// too, and one that is also named while it passes.
/// </summary>
internal static class TransferBenchmark
{
    private const int Bytes = 128_000_000;
    private const int Rounds = 7;

    /// <summary>What a node's quota must be, MiB: it keeps every blob for an hour at least, and the jobs' besides.</summary>
    public const int DiskMiB = 2048;

    // Written and deleted first. A virtual machine is given its memory page by page on first use, which costs several times
    // a copy; without this the node's side, whose blobs stay, would pay for it, and the copy, whose file is replaced, would not.
    private const long Touched = 3L << 30;

    public static async Task<TransferResult> RunAsync(BenchMarket market, string folder)
    {
        var deployment = market.Client.Connection.Deployment;
        using var connections = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), market.Key, TimeProvider.System, RandomNumberGenerator.Create());
        var peer = connections.To(market.PeerOf(0));
        var mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder, "mine") }, TimeProvider.System);
        using var node = Process.GetProcessById(market.File.Nodes[0].Process.Id);
        var loadBefore = JobBenchmark.Load();
        await TouchAsync(Path.Combine(folder, "touched"));
        Measure copies = new(node), verified = new(node), puts = new(node), gets = new(node), hashes = new(node);

        // Two rounds more, which warm up and do not count. All kinds in turn, so that what else goes on meets all.
        for (var round = 0; round < Rounds + Measure.WarmUp; round++)
        {
            var content = RandomNumberGenerator.GetBytes(Bytes);
            hashes.Run(() => ByteTree.Root(content));
            var name = (await mine.PutAsync(content, CancellationToken.None)).Name;
            var (file, copy) = (mine.PathOf(name)!, Path.Combine(folder, "copy"));
            File.Delete(copy);
            await copies.RunAsync(() => CopyAsync(file, copy));
            mine.Delete(name);
            await verified.RunAsync(async () =>
            {
                await using var source = File.OpenRead(copy);
                if ((await mine.PutAsync(source, CancellationToken.None)).Name != name) throw new InvalidOperationException("the copy differs");
            });

            await puts.RunAsync(async () =>
            {
                var put = await peer.PutAsync(mine, [name], TimeSpan.FromSeconds(1), CancellationToken.None);
                if (!put.IsOk) throw new InvalidOperationException($"put: {put.Reason}");
            });

            mine.Delete(name);
            await gets.RunAsync(async () =>
            {
                var get = await peer.GetAsync([name], mine, CancellationToken.None);
                if (!get.IsOk) throw new InvalidOperationException($"get: {get.Reason}");
            });

            if (!mine.Delete(name)) throw new InvalidOperationException("nothing came");
        }

        double Rate(Measure measure) => Bytes / 1e6 / measure.Seconds;
        double Cpu(Measure measure) => measure.ProcessorSeconds * 1e9 / Bytes;
        return new TransferResult(
            Bytes / 1e6, Rounds, Rate(copies), Rate(verified), Rate(puts), Rate(gets), Rate(puts) / Rate(copies), Rate(gets) / Rate(copies), Rate(gets) / Rate(verified), Rate(hashes),
            Cpu(copies), Cpu(hashes), Cpu(puts), Cpu(gets), $"load average {loadBefore} before, {JobBenchmark.Load()} after");
    }

    private static async Task CopyAsync(string from, string to)
    {
        await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous);
        await using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        await source.CopyToAsync(target, 1 << 20);
        target.Flush(flushToDisk: true);
    }

    private static async Task TouchAsync(string path)
    {
        var block = new byte[1 << 20];
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
        {
            for (var written = 0L; written < Touched; written += block.Length) await file.WriteAsync(block);
        }

        File.Delete(path);
    }

    /// <summary>Medians of what one kind of work takes: time, and processor time of this process and the node.</summary>
    private sealed class Measure(Process node)
    {
        public const int WarmUp = 2;

        private readonly List<double> _seconds = [];
        private readonly List<double> _processor = [];

        public double Seconds => Median(_seconds);

        public double ProcessorSeconds => Median(_processor);

        public void Run(Action work)
        {
            var (started, before) = (Stopwatch.GetTimestamp(), Processor());
            work();
            Note(started, before);
        }

        public async Task RunAsync(Func<Task> work)
        {
            var (started, before) = (Stopwatch.GetTimestamp(), Processor());
            await work();
            Note(started, before);
        }

        private void Note(long started, double before)
        {
            _seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            _processor.Add(Processor() - before);
        }

        private double Processor()
        {
            node.Refresh();
            return Environment.CpuUsage.TotalTime.TotalSeconds + node.TotalProcessorTime.TotalSeconds;
        }

        private static double Median(List<double> values) => values.Skip(WarmUp).Order().ElementAt((values.Count - WarmUp) / 2);
    }
}
