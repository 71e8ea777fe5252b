using System.Diagnostics;
using System.Globalization;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Wasm;
using Wasmtime;

namespace Market.Bench.Execution;

/// <summary>What the worker process adds to a run: round trips, copies of input and output, supervision.</summary>
internal static class WorkerBenchmark
{
    private const int Tasklets = 150;
    private const int ShortRuns = 300;

    // Counts down from the number of rounds given as its one argument's length times a thousand.
    private const string Program = """
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start") (local $left i32)
            (drop (call $sizes (i32.const 0) (i32.const 4)))
            (local.set $left (i32.mul (i32.sub (i32.load (i32.const 4)) (i32.const 2)) (i32.const 1000)))
            (block $done
              (loop $more
                (br_if $done (i32.le_s (local.get $left) (i32.const 0)))
                (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.mul (local.get $left) (local.get $left))))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br $more)))))
        """;

    public static async Task<WorkerResult?> RunAsync(string folder, TextWriter report)
    {
        var wasm = Module.ConvertText(Program);
        var canonical = ((Canonicalisation.Accepted)Canonicaliser.Canonicalise(wasm)).Module;
        WasmRuntime runtime;
        try
        {
            runtime = new WasmRuntime(new SandboxOptions { Directory = folder, Lanes = 1 }, TimeProvider.System);
        }
        catch (FileNotFoundException e)
        {
            report.WriteLine($"worker not measured: {e.Message}");
            return null;
        }

        await using (runtime)
        {
            if (await runtime.PrepareAsync(BlobName.Of(wasm), wasm, CancellationToken.None) is not Preparation.Ready { Module: var prepared })
            {
                report.WriteLine("worker not measured: it does not prepare the module");
                return null;
            }

            using var bare = new BareLoop(canonical.Bytes.Span);
            var rounds = Calibrate(bare);
            var empty = Frame(0);
            var busy = Frame(rounds);
            // Alternating, so that whatever else the machine does meets both.
            var times = (BareEmpty: new List<double>(), WorkerEmpty: new List<double>(), Bare: new List<double>(), Worker: new List<double>());
            for (var i = 0; i < ShortRuns; i++)
            {
                times.BareEmpty.Add(Time(() => bare.Run(empty)));
                times.WorkerEmpty.Add(await TimeAsync(runtime, prepared, empty));
            }

            for (var i = 0; i < Tasklets; i++)
            {
                times.Bare.Add(Time(() => bare.Run(busy)));
                times.Worker.Add(await TimeAsync(runtime, prepared, busy));
            }

            var (bareMs, workerMs) = (Median(times.Bare), Median(times.Worker));
            var result = new WorkerResult(Median(times.BareEmpty) * 1000, Median(times.WorkerEmpty) * 1000, bareMs, 1000 / bareMs, 1000 / workerMs, bareMs / workerMs);
            report.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"worker: empty run {result.WorkerRoundTripUs:F0} us against {result.InstantiateRunDisposeUs:F0} us bare; tasklets of {bareMs:F1} ms at {result.Overhead10ms:F2} of the bare rate"));
            return result;
        }
    }

    private static byte[] Frame(int thousands) => new InputFrame(["", new string('x', thousands)], 0).Encode();

    /// <summary>Thousands of rounds that take about ten milliseconds here.</summary>
    private static int Calibrate(BareLoop bare)
    {
        bare.Run(Frame(1000));
        var milliseconds = Enumerable.Range(0, 5).Min(_ => Time(() => bare.Run(Frame(10_000))));
        return (int)(10_000 * 10 / milliseconds);
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    private static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<double> TimeAsync(WasmRuntime runtime, PreparedModule module, byte[] frame)
    {
        var limits = new RunLimits(1UL << 50, 16, 1 << 20, TimeSpan.FromMinutes(1));
        var start = Stopwatch.GetTimestamp();
        var outcome = await runtime.RunAsync(new TaskletRun(module, frame, ReadOnlyMemory<byte>.Empty, limits), CancellationToken.None);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return outcome is RunOutcome.Halted ? elapsed : throw new InvalidOperationException(outcome.ToString());
    }
}
