using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Observing;

/// <summary>A local market whose nodes report to a collector.</summary>
public sealed class ObservedMarketFixture : LocalMarketFixture
{
    internal OtlpSink Sink { get; } = new();

    protected override IReadOnlyDictionary<string, string> StartEnvironment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Sink.Endpoint.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
    };

    protected override ValueTask StoppedAsync()
    {
        Sink.Dispose();
        return default;
    }
}
