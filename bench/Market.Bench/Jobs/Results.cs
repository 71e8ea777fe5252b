using System.Text.Json.Serialization;

namespace Market.Bench.Jobs;

/// <summary>From the first upload to the settlement, seconds, of jobs run one after another.</summary>
internal sealed record LatencyResult(int Jobs, double OfferToSettledP50, double OfferToSettledP95, double OfferToSettledP99, double BlockSeconds);

/// <summary>Tasklets of about one length through a whole node (one lane), beside a bare Wasmtime loop in the same run.</summary>
internal sealed record TaskletResult(double TaskletMs, int Tasklets, double NodePerSecond, double BarePerSecond, double NodeVsBare);

/// <summary>
/// A blob to a node and back, beside a copy of the same file that is flushed to disk as the store does, and beside one
/// whose bytes are also verified; MB (10^6) per second. The processor's time is that of both ends together.
/// </summary>
internal sealed record TransferResult(
    double MegaBytes,
    int Rounds,
    [property: JsonPropertyName("copy_mb_s")] double CopyMBs,
    [property: JsonPropertyName("verified_copy_mb_s")] double VerifiedCopyMBs,
    [property: JsonPropertyName("put_mb_s")] double PutMBs,
    [property: JsonPropertyName("get_mb_s")] double GetMBs,
    [property: JsonPropertyName("put_vs_copy")] double PutVsCopy,
    [property: JsonPropertyName("transfer_vs_copy")] double TransferVsCopy,
    [property: JsonPropertyName("transfer_vs_verified_copy")] double TransferVsVerifiedCopy,
    [property: JsonPropertyName("hash_mb_s")] double HashMBs,
    [property: JsonPropertyName("copy_cpu_ns_per_byte")] double CopyCpu,
    [property: JsonPropertyName("hash_cpu_ns_per_byte")] double HashCpu,
    [property: JsonPropertyName("put_cpu_ns_per_byte")] double PutCpu,
    [property: JsonPropertyName("get_cpu_ns_per_byte")] double GetCpu,
    string Load);

/// <summary>A node's memory, its worker processes included, and how long it takes to start.</summary>
internal sealed record NodeResult(double IdleMiB, double PerLeaseMiB, int Leases, double LiveSeconds, double ReadySeconds, double MarketUpSeconds);

internal sealed record JobResult(LatencyResult Latency, IReadOnlyList<TaskletResult> Tasklets, TransferResult Transfer, NodeResult Node, string Load, string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobResult))]
internal sealed partial class JobResultsContext : JsonSerializerContext;
