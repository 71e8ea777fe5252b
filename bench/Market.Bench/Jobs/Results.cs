using System.Text.Json.Serialization;

namespace Market.Bench.Jobs;

/// <summary>From the first upload to the settlement, seconds, of jobs run one after another.</summary>
internal sealed record LatencyResult(int Jobs, double OfferToSettledP50, double OfferToSettledP95, double OfferToSettledP99, double BlockSeconds);

/// <summary>Tasklets of about one length through a whole node (one lane), beside a bare Wasmtime loop in the same run.</summary>
internal sealed record TaskletResult(double TaskletMs, int Tasklets, double NodePerSecond, double BarePerSecond, double NodeVsBare);

/// <summary>A blob to a node and back, beside a copy of the same file that is flushed to disk as the store does; MB (10^6) per second.</summary>
internal sealed record TransferResult(
    double MegaBytes, int Rounds, double CopyMBs, double PutMBs, double GetMBs,
    [property: JsonPropertyName("put_vs_copy")] double PutVsCopy, [property: JsonPropertyName("transfer_vs_copy")] double TransferVsCopy, double HashMBs);

/// <summary>A node's memory, its worker processes included, and how long it takes to start.</summary>
internal sealed record NodeResult(double IdleMiB, double PerLeaseMiB, int Leases, double LiveSeconds, double ReadySeconds, double MarketUpSeconds);

internal sealed record JobResult(LatencyResult Latency, IReadOnlyList<TaskletResult> Tasklets, TransferResult Transfer, NodeResult Node, string Load, string Method);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobResult))]
internal sealed partial class JobResultsContext : JsonSerializerContext;
