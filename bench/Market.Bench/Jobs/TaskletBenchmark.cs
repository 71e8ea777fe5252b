using System.Diagnostics;
using System.Text.Json;
using System.Globalization;
using Market.Bench.Execution;
using Market.Wasm;

namespace Market.Bench.Jobs;

/// <summary>Tasklets of 1, 10 and 100 ms through a whole node, from taking the lease up to having all results, beside a bare loop.</summary>
internal static class TaskletBenchmark
{
    // Ample for what a processor does in that time, and little enough that the stake covers all tasklets in one lease.
    private const int MegaFuelPerMillisecond = 60;

    private static readonly (double Milliseconds, int Tasklets)[] Sizes = [(1, 1_000), (10, 100), (100, 12)];

    public static async Task<IReadOnlyList<TaskletResult>> RunAsync(BenchMarket market, string folder, ReadOnlyMemory<byte> wasm, TextWriter report)
    {
        var canonical = ((Canonicalisation.Accepted)Canonicaliser.Canonicalise(wasm.Span)).Module;
        using var bare = new BareLoop(canonical.Bytes.Span);
        var device = market.PeerOf(0).Device.Value;
        var perByte = Calibrate(bare);
        var results = new List<TaskletResult>();
        foreach (var (milliseconds, tasklets) in Sizes)
        {
            var bytes = Math.Max(20, (int)(milliseconds / perByte));
            var input = InputOf(bytes);
            bare.Run(input);

            // Half of the bare loop before and half after, so that both meet what else the machine does.
            var before = Bare(bare, input, tasklets / 2);
            await market.RunAsync(JobBenchmark.Write(folder, wasm, $"tasklets-{milliseconds}", device, tasklets, bytes, MegaFuelPerMillisecond * (int)milliseconds));
            var bareSeconds = before + Bare(bare, input, tasklets - (tasklets / 2));
            var nodeSeconds = WorkSeconds(market, tasklets);
            var result = new TaskletResult(bareSeconds / tasklets * 1000, tasklets, tasklets / nodeSeconds, tasklets / bareSeconds, bareSeconds / nodeSeconds);
            results.Add(result);
            report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tasklets of {result.TaskletMs:F1} ms: node {result.NodePerSecond:F0}/s, bare loop {result.BarePerSecond:F0}/s, ratio {result.NodeVsBare:F2}"));
        }

        return results;
    }

    private static byte[] InputOf(int bytes) => [.. new InputFrame([""], (ulong)bytes).Encode(), .. new byte[bytes]];

    /// <summary>Milliseconds for each byte of input.</summary>
    private static double Calibrate(BareLoop bare)
    {
        bare.Run(InputOf(1_000));
        return Enumerable.Range(0, 5).Min(_ => Bare(bare, InputOf(10_000), 1)) * 1000 / 10_000;
    }

    private static double Bare(BareLoop bare, byte[] input, int times)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++) bare.Run(input);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // From "tasklets 0 to N" to "ran" in the node's log, whose lines are JSON off a terminal.
    private static double WorkSeconds(BenchMarket market, int tasklets)
    {
        foreach (var node in market.File.Nodes)
        {
            var lines = File.ReadAllLines(node.Process.Log);
            var taken = Array.FindLastIndex(lines, l => l.Contains($": tasklets 0 to {tasklets} of offer", StringComparison.Ordinal));
            if (taken < 0) continue;
            var ran = Array.FindIndex(lines, taken, l => l.Contains(" ran: ", StringComparison.Ordinal));
            return (TimeOf(lines[ran]) - TimeOf(lines[taken])).TotalSeconds;
        }

        throw new InvalidOperationException("no node says that it ran the lease");
    }

    private static DateTimeOffset TimeOf(string line)
    {
        using var entry = JsonDocument.Parse(line);
        return entry.RootElement.GetProperty("Timestamp").GetDateTimeOffset();
    }
}
