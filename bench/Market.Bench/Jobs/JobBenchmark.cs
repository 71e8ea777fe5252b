using System.Globalization;
using System.Text.Json;
using Market.Client.Development;
using Wasmtime;

namespace Market.Bench.Jobs;

/// <summary>Whole jobs on a real local market: chain, nodes, uploads, payment.</summary>
internal static class JobBenchmark
{
    private const int LatencyJobs = 30;

    // A tasklet computes a thousand rounds for each byte that it reads.
    public const string Program = """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 3)
          (func (export "_start") (local $left i32)
            (i32.store (i32.const 0) (i32.const 64))
            (i32.store (i32.const 4) (i32.const 130000))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (local.set $left (i32.mul (i32.load (i32.const 8)) (i32.const 1000)))
            (block $done
              (loop $more
                (br_if $done (i32.le_s (local.get $left) (i32.const 0)))
                (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.mul (local.get $left) (local.get $left))))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br $more)))))
        """;

    public static async Task<int> RunAsync(string bench, TextWriter report)
    {
        var folder = Directory.CreateTempSubdirectory("market-bench").FullName;
        try
        {
            var loadBefore = Load();
            await using var market = await BenchMarket.StartAsync(Path.Combine(folder, "home"), new LocalMarketOptions { ConsumerFunds = 1_000, Stake = 2_000, DiskMiB = TransferBenchmark.DiskMiB });
            await Task.Delay(TimeSpan.FromSeconds(3));
            var idle = market.File.Nodes.Average(BenchMarket.ResidentMiB);

            var wasm = Module.ConvertText(Program);
            var latency = await LatencyAsync(market, folder, wasm);
            var afterwards = market.File.Nodes.Average(BenchMarket.ResidentMiB);
            report.WriteLine(Line($"offer to settled: p50 {latency.OfferToSettledP50:F2} s, p95 {latency.OfferToSettledP95:F2} s, p99 {latency.OfferToSettledP99:F2} s ({latency.Jobs} jobs, blocks of {latency.BlockSeconds:F2} s)"));
            var leasesPerNode = latency.Jobs;
            var tasklets = await TaskletBenchmark.RunAsync(market, folder, wasm, report);
            var transfer = await TransferBenchmark.RunAsync(market, folder);
            Report(transfer, report);
            var (live, ready) = await market.RestartAsync(1);
            var node = new NodeResult(idle, Math.Max(0, afterwards - idle) / leasesPerNode, leasesPerNode, live, ready, market.Up.TotalSeconds);
            report.WriteLine(Line($"node: {node.IdleMiB:F0} MiB idle, {node.PerLeaseMiB:F2} MiB more for each of {node.Leases} leases; answers after {node.LiveSeconds:F2} s, bids after {node.ReadySeconds:F2} s; market up in {node.MarketUpSeconds:F1} s"));

            var result = new JobResult(latency, tasklets, transfer, node, $"load average {loadBefore} before, {Load()} after, {Environment.ProcessorCount} processors", "one local market as 'market dev up' starts it, all measurements in one run; medians; a copy is flushed to disk as the store flushes, into memory that was touched before");
            var target = TargetIn(bench);
            await File.WriteAllTextAsync(target, JsonSerializer.Serialize(result, JobResultsContext.Default.JobResult) + "\n");
            report.WriteLine($"wrote {target}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures transfer alone and puts it into the results that are there already.</summary>
    public static async Task<int> TransferAsync(string bench, TextWriter report)
    {
        var folder = Directory.CreateTempSubdirectory("market-bench").FullName;
        try
        {
            await using var market = await BenchMarket.StartAsync(Path.Combine(folder, "home"), new LocalMarketOptions { DiskMiB = TransferBenchmark.DiskMiB });
            var transfer = await TransferBenchmark.RunAsync(market, folder);
            Report(transfer, report);
            var known = JsonSerializer.Deserialize(await File.ReadAllTextAsync(TargetIn(bench)), JobResultsContext.Default.JobResult)!;
            await File.WriteAllTextAsync(TargetIn(bench), JsonSerializer.Serialize(known with { Transfer = transfer }, JobResultsContext.Default.JobResult) + "\n");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes a job for one device of inputs that nobody has seen before, each of <paramref name="bytes"/> bytes.</summary>
    public static string Write(string folder, ReadOnlyMemory<byte> wasm, string name, uint device, int tasklets, int bytes, int megaFuel = 100, string deadline = "10m", string time = "30s")
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "jobs", name)).FullName;
        var inputs = Directory.CreateDirectory(Path.Combine(home, "in")).FullName;
        File.WriteAllBytes(Path.Combine(home, "task.wasm"), wasm.ToArray());
        for (var i = 0; i < tasklets; i++) File.WriteAllText(Path.Combine(inputs, $"{i:D5}.txt"), $"{name} {i} ".PadRight(bytes, 'x')[..bytes]);
        var job = Path.Combine(home, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: bench
            task: { module: task.wasm }
            inputs: { glob: "in/*.txt" }
            output: { dir: out, name: "{stem}.out" }
            limits: { memory: 16MiB, fuel: {{megaFuel}}M, time: {{time}}, output: 64KiB }
            sla: { deadline: {{deadline}}, budget: 900 CRD, verification: trusted, devices: [d-{{device}}] }

            """);
        return job;
    }

    private static async Task<LatencyResult> LatencyAsync(BenchMarket market, string folder, ReadOnlyMemory<byte> wasm)
    {
        var device = market.PeerOf(0).Device.Value;
        var seconds = new List<double>();
        for (var i = 0; i <= LatencyJobs; i++)
        {
            var time = await market.RunAsync(Write(folder, wasm, $"latency-{i}", device, 4, 100));

            // The first one compiles the module and warms everything up.
            if (i > 0) seconds.Add(time.TotalSeconds);
        }

        double At(double share) => seconds.Order().ElementAt(Math.Min(seconds.Count - 1, (int)Math.Ceiling(share * seconds.Count) - 1));
        return new LatencyResult(LatencyJobs, At(0.50), At(0.95), At(0.99), new LocalMarketOptions().BlockTime.TotalSeconds);
    }

    private static string TargetIn(string bench) => Path.Combine(Directory.CreateDirectory(Path.Combine(bench, "results")).FullName, "job.json");

    private static void Report(TransferResult transfer, TextWriter report)
    {
        report.WriteLine(Line($"transfer: copy {transfer.CopyMBs:F0} MB/s, verified {transfer.VerifiedCopyMBs:F0}; put {transfer.PutMBs:F0} ({transfer.PutVsCopy:F2}), get {transfer.GetMBs:F0} ({transfer.TransferVsCopy:F2} of copy, {transfer.TransferVsVerifiedCopy:F2} of verified); hashing alone {transfer.HashMBs:F0}"));
        report.WriteLine(Line($"  processor ns/byte, both ends: copy {transfer.CopyCpu:F2}, hash {transfer.HashCpu:F2}, put {transfer.PutCpu:F2}, get {transfer.GetCpu:F2}"));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>The load average of the last minute.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
