using System.Globalization;
using System.Text.Json;
using Market.Wasm;

namespace Market.Bench.Execution;

/// <summary>How fast canonical modules run, beside the same programs plain, native and in V8.</summary>
internal static class ExecutionBenchmark
{
    private const int Rounds = 7;

    public static async Task<int> RunAsync(string bench, TextWriter report)
    {
        var kernels = Path.Combine(bench, "kernels");
        var folder = Directory.CreateTempSubdirectory("market-bench").FullName;
        var results = new List<KernelResult>();
        try
        {
            using var engine = new KernelEngine();
            foreach (var kernel in Kernel.All)
            {
                var result = Measure(engine, kernels, kernel, folder);
                results.Add(result);
                report.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Name,-11} {result.CanonicalMs,8:F1} ms: {result.VsPlainWasmtime:F2} of plain Wasmtime, {result.VsNativeO2:F2} of native, {result.VsV8:F2} of V8, {result.FuelPerSecond / 1e9:F2} Gfuel/s"));
            }

            var geomean = Math.Exp(results.Average(r => Math.Log(r.VsPlainWasmtime)));
            report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"geometric mean of plain Wasmtime: {geomean:F3}"));
            var worker = await WorkerBenchmark.RunAsync(Path.Combine(folder, "sandbox"), report);
            var all = new ExecutionResult(results, geomean, worker, $"least processor time of {Rounds} interleaved runs per kernel and engine; start-up, compilation and instantiation are not timed, but for native start-up");
            var target = Path.Combine(Directory.CreateDirectory(Path.Combine(bench, "results")).FullName, "execution.json");
            await File.WriteAllTextAsync(target, JsonSerializer.Serialize(all, ResultsContext.Default.ExecutionResult) + "\n");
            report.WriteLine($"wrote {target}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static KernelResult Measure(KernelEngine engine, string kernels, Kernel kernel, string folder)
    {
        var wasm = Path.Combine(kernels, kernel.Name + ".wasm");
        var original = File.ReadAllBytes(wasm);
        var canonical = Canonicaliser.Canonicalise(original) is Canonicalisation.Accepted accepted
            ? accepted.Module.Bytes
            : throw new InvalidOperationException($"{kernel.Name} is refused");
        using var canonicalModule = engine.Compile(canonical.Span);
        using var plainModule = engine.Compile(original);
        var program = OutsideKernel.CompileNative(kernels, kernel, folder);
        double canonicalMs = double.MaxValue, plainMs = double.MaxValue;
        double? nativeMs = null, v8Ms = null;
        long fuel = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var (output, used, time) = engine.RunCanonical(canonicalModule, kernel);
            canonicalMs = Math.Min(canonicalMs, time.TotalMilliseconds);
            fuel = used;
            var plain = engine.RunPlain(plainModule, kernel);
            plainMs = Math.Min(plainMs, plain.Time.TotalMilliseconds);
            Require(output == plain.Output, $"{kernel.Name}: canonical {output} and plain {plain.Output} differ");
            if (program is not null && OutsideKernel.RunNative(program, kernel) is var (nativeOutput, nativeTime))
            {
                nativeMs = Math.Min(nativeMs ?? double.MaxValue, nativeTime.TotalMilliseconds);
                Require(output == nativeOutput, $"{kernel.Name}: canonical {output} and native {nativeOutput} differ");
            }

            // V8 takes its time to start, and its best run comes soon.
            if (round % 2 != 0 || OutsideKernel.RunV8(wasm, kernel) is not var (v8Output, v8Time)) continue;
            v8Ms = Math.Min(v8Ms ?? double.MaxValue, v8Time.TotalMilliseconds);
            Require(output == v8Output, $"{kernel.Name}: canonical {output} and V8 {v8Output} differ");
        }

        return new KernelResult(
            kernel.Name, fuel, canonicalMs, plainMs, nativeMs, v8Ms, canonicalMs / plainMs, canonicalMs / nativeMs, canonicalMs / v8Ms, fuel / canonicalMs * 1000);
    }

    private static void Require(bool condition, string failure)
    {
        if (!condition) throw new InvalidOperationException(failure);
    }
}
