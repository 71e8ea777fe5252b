using System.Text.Json.Serialization;

namespace Market.Bench.Execution;

/// <summary>One kernel's times (least of several interleaved runs) and what they say.</summary>
internal sealed record KernelResult(
    string Name, long Fuel, double CanonicalMs, double PlainWasmtimeMs, double? NativeO2Ms, double? V8Ms,
    double VsPlainWasmtime, double? VsNativeO2, double? VsV8, double FuelPerSecond);

/// <summary>The worker against a bare Wasmtime loop in one process, both on one lane.</summary>
/// <param name="InstantiateRunDisposeUs">Median of one run of an empty program in a bare loop, microseconds.</param>
/// <param name="WorkerRoundTripUs">Median of the same through the worker process, microseconds.</param>
/// <param name="TaskletMs">Length of the tasklets behind the ratio, milliseconds.</param>
/// <param name="BarePerSecond">Such tasklets per second in a bare loop.</param>
/// <param name="WorkerPerSecond">And through the worker.</param>
/// <param name="Overhead10ms">Their ratio: 1 is no overhead.</param>
internal sealed record WorkerResult(
    double InstantiateRunDisposeUs, double WorkerRoundTripUs, double TaskletMs, double BarePerSecond, double WorkerPerSecond,
    [property: JsonPropertyName("overhead_10ms")] double Overhead10ms);

internal sealed record ExecutionResult(IReadOnlyList<KernelResult> Kernels, double GeomeanVsPlain, WorkerResult? Worker, string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExecutionResult))]
internal sealed partial class ResultsContext : JsonSerializerContext;
