using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Market.Bench.Execution;
using Market.Bench.Jobs;
using Market.Client.Development;
using Market.Client.Development.Chaos;
using Market.Client.JobFiles;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Wasm;

namespace Market.Bench.Schedule;

/// <summary>
/// Jobs of two stages (map, then one tasklet that reads all outputs) on four real nodes of one lane each, on whatever this
/// machine is: with a module that none of them ever ran, with all nodes sound, and with one slowed. Compared with a bound that
/// this machine itself gives, and with static assignment: a quarter of the tasklets to each node, nothing given out twice.
/// </summary>
internal static class RealNodes
{
    // Numbers jobs, so that no two have the same inputs.
    private static int _jobs;

    private const int Nodes = 4;

    // So many that what the chain takes between two steps is little beside the work; and a job four times as long.
    private const int Tasklets = 512;
    private const int Many = 4 * Tasklets;

    // Below what it does unhindered. What it attested while everything started up is lower, so that it may still be in time.
    private const int Slower = 10;

    // What static assignment needs so that the slowed node is never late: it would hand back, which is no static assignment.
    private const int LongLease = 15;

    public static async Task<JsonObject> RunAsync(TextWriter report)
    {
        var folder = Directory.CreateTempSubdirectory("market-bench").FullName;
        try
        {
            var wasm = Wasmtime.Module.ConvertText(JobBenchmark.Program);
            await using var market = await BenchMarket.StartAsync(Path.Combine(folder, "home"), new LocalMarketOptions { Nodes = Nodes, ConsumerFunds = 2_000, Stake = 4_000 });
            using var bare = new BareLoop(((Canonicalisation.Accepted)Canonicaliser.Canonicalise(wasm)).Module.Bytes.Span);
            var bytes = Calibrate(bare);
            var fuel = await FuelAsync(market, folder, wasm, bytes);
            Task<JsonObject> Case(string what, int tasklets, int? slower) => CaseAsync(market, folder, wasm, bare, bytes, fuel, tasklets, slower, report, what);
            var strange = await Case("four sound nodes that never ran the module", Tasklets, null);
            var sound = await Case("four sound nodes", Tasklets, null);
            var straggler = await Case($"one of four nodes slowed {Slower} times", Tasklets, Slower);
            var longSound = await Case("four sound nodes, a long job", Many, null);
            var longStraggler = await Case($"one of four nodes slowed {Slower} times, a long job", Many, Slower);
            return new JsonObject
            {
                ["nodes"] = Nodes,
                ["lanes_each"] = 1,
                ["processors"] = Environment.ProcessorCount,
                ["module_new_to_all"] = strange,
                ["sound"] = sound,
                ["one_of_four_slowed"] = straggler,
                ["long_sound"] = longSound,
                ["long_one_of_four_slowed"] = longStraggler,
                ["method"] = string.Create(
                    CultureInfo.InvariantCulture,
                    $"REAL NODES on one machine; 10 % stragglers cannot be had with four nodes: one of four is slowed {Slower} times (SIGSTOP and SIGCONT of its workers). Lower bound: the same tasklets in a bare loop on {Nodes} threads of this machine, half before and half after, so that both meet what else it does. A device runs one tasklet of a new module on its step machine too, before its first commitment: module_new_to_all has that in it. Dynamic: from the offer to the last stage's commitment, by the client's clock. Static, for the shorter jobs: {Tasklets / Nodes} tasklets to each node by name in one lease, map stage only, from the first offer to the last commitment. Where the load average is far above the processors, four nodes share what a fraction of one would need, speeds are attested as low as the machine is busy, and figures of one run are good to about a factor of two."),
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JsonObject> CaseAsync(BenchMarket market, string folder, byte[] wasm, BareLoop bare, int bytes, Fuel fuel, int tasklets, int? slower, TextWriter report, string what)
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        await using var slowed = slower is { } times ? new Slowdown(() => LocalMarketFile.Read(market.Home)!.Nodes[0], times, TimeProvider.System) : null;
        await market.BiddingAsync(Nodes);
        var before = Parallel(bare, bytes, tasklets / 2);
        var (dynamic, again, back) = await DynamicAsync(market, folder, wasm, bytes, fuel, tasklets);
        var bound = before + Parallel(bare, bytes, tasklets / 2);
        report.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"real: {what}: {dynamic:0.0} s, {dynamic / bound:0.00} of the bound; {again} leases of ranges given out before, {back} handed back"));
        var result = new JsonObject
        {
            ["tasklets"] = tasklets,
            ["lower_bound_seconds"] = Math.Round(bound, 2),
            ["makespan_seconds"] = Math.Round(dynamic, 2),
            ["makespan_ratio"] = Math.Round(dynamic / bound, 3),
            ["leases_again"] = again,
            ["handed_back"] = back,
            ["load_average_before"] = load,
        };
        if (tasklets > Tasklets) return result;

        await market.BiddingAsync(Nodes);
        before = Parallel(bare, bytes, tasklets / 2);
        var fixedSeconds = await StaticAsync(market, folder, wasm, bytes, fuel);
        var fixedBound = before + Parallel(bare, bytes, tasklets / 2);
        report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"real: {what}: static {fixedSeconds:0.0} s, {fixedSeconds / fixedBound:0.00} of the bound"));
        result["static_lower_bound_seconds"] = Math.Round(fixedBound, 2);
        result["static_seconds"] = Math.Round(fixedSeconds, 2);
        result["static_ratio"] = Math.Round(fixedSeconds / fixedBound, 3);
        return result;
    }

    /// <summary>Bytes of input with which a tasklet takes up to half a second of this machine, as busy as it is; a tasklet reads no more than the largest.</summary>
    private static int Calibrate(BareLoop bare)
    {
        bare.Run(InputOf(1_000));
        var best = Enumerable.Range(0, 3).Min(_ => Once(bare, 10_000));
        return Math.Clamp((int)(10_000 * 0.5 / best), 1_000, 120_000);
    }

    private static double Once(BareLoop bare, int bytes)
    {
        var started = Stopwatch.GetTimestamp();
        bare.Run(InputOf(bytes));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds that the tasklets take in bare loops on as many threads as there are nodes.</summary>
    private static double Parallel(BareLoop bare, int bytes, int tasklets)
    {
        var (input, left) = (InputOf(bytes), tasklets);
        var started = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, Nodes).Select(_ => new Thread(() =>
        {
            while (Interlocked.Decrement(ref left) >= 0) bare.Run(input);
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static byte[] InputOf(int bytes) => [.. new InputFrame([""], (ulong)bytes).Encode(), .. new byte[bytes]];

    private static async Task<Fuel> FuelAsync(BenchMarket market, string folder, byte[] wasm, int bytes)
    {
        var job = await ResolveAsync(JobBenchmark.Write(folder, wasm, "fuel", 1, 1, bytes, 1_000_000));
        var local = await market.Client.RunLocallyAsync(await Client.Jobs.PreparedJob.PrepareAsync(job, CancellationToken.None), CancellationToken.None);
        return local.Fuel;
    }

    private static async Task<(double Seconds, int Again, int HandedBack)> DynamicAsync(BenchMarket market, string folder, byte[] wasm, int bytes, Fuel fuel, int tasklets)
    {
        var job = await ResolveAsync(WriteStaged(folder, wasm, bytes, fuel, tasklets));
        var quote = await market.Client.QuoteStagesAsync(job, null, null, CancellationToken.None);
        var record = await market.Client.PostAsync(quote, null, null, CancellationToken.None);
        var started = Stopwatch.GetTimestamp();
        double? seconds = null;
        await foreach (var progress in market.Client.FollowAsync(record, null, CancellationToken.None))
        {
            if (progress.Stages is not [_, { Stage.IsBound: true }]) continue;
            seconds ??= Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (!progress.IsOver) continue;
            var leases = progress.Stages.SelectMany(stage => stage.Leases).ToList();
            var collected = await market.Client.CollectAsync(record, null, CancellationToken.None);
            if (!progress.IsComplete || !collected.IsComplete) throw new InvalidOperationException("the job has failed tasklets");
            await market.Client.RedepositAsync(progress, CancellationToken.None);
            return (seconds.Value, leases.Count(l => l.Lease.Attempt > 0), leases.Count(l => l.State == LeaseState.Declined));
        }

        throw new InvalidOperationException("the job ended unfinished");
    }

    private static async Task<double> StaticAsync(BenchMarket market, string folder, byte[] wasm, int bytes, Fuel fuel)
    {
        var jobs = new List<Client.Jobs.PreparedJob>();
        for (var i = 0; i < Nodes; i++)
        {
            var file = JobBenchmark.Write(folder, wasm, $"static-{++_jobs}", market.PeerOf(i).Device.Value, Tasklets / Nodes, bytes, (int)fuel.MfuelUp * LongLease, "4h", "1h");
            jobs.Add(await Client.Jobs.PreparedJob.PrepareAsync(await ResolveAsync(file), CancellationToken.None));
        }

        var posted = new List<Client.Jobs.JobRecord>();
        var started = 0L;
        foreach (var job in jobs)
        {
            posted.Add(await market.Client.PostAsync(await market.Client.QuoteAsync(job, null, null, CancellationToken.None), null, null, CancellationToken.None));
            if (started == 0) started = Stopwatch.GetTimestamp();
        }

        foreach (var record in posted)
        {
            await foreach (var progress in market.Client.FollowAsync(record, null, CancellationToken.None))
            {
                if (progress.IsBound) break;
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<ResolvedJob> ResolveAsync(string file)
    {
        var resolved = await JobResolver.ResolveAsync((await JobFile.ReadAsync(file, CancellationToken.None)).File!, CancellationToken.None);
        return resolved.Job ?? throw new InvalidOperationException(string.Join('\n', resolved.Diagnostics));
    }

    private static string WriteStaged(string folder, byte[] wasm, int bytes, Fuel fuel, int tasklets)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "jobs", $"staged-{++_jobs}")).FullName;
        var inputs = Directory.CreateDirectory(Path.Combine(home, "in")).FullName;
        File.WriteAllBytes(Path.Combine(home, "task.wasm"), wasm);
        // Nobody has seen these before: a node answers what it ran from its journal.
        for (var i = 0; i < tasklets; i++) File.WriteAllText(Path.Combine(inputs, $"{i:D5}.txt"), $"{home} {i} ".PadRight(bytes, 'x')[..bytes]);
        var job = Path.Combine(home, "job.yaml");
        File.WriteAllText(job, $$"""
            version: 1
            name: schedule
            inputs: { glob: "in/*.txt" }
            limits: { memory: 16MiB, fuel: {{fuel.MfuelUp * 5 / 4}}M, time: 10m, output: 1KiB }
            stages:
              - { id: map, task: { module: task.wasm } }
              - { id: all, task: { module: task.wasm }, inputs: { from: map, group: all } }
            output: { from: all, dir: out, name: "all.bin" }
            onFailure: { retries: 2, then: stop }
            sla: { deadline: 60m, budget: 500 CRD, verification: optimistic }

            """);
        return job;
    }
}
