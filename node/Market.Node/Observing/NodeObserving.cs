using System.Collections;
using Market.Chain.Transactions;
using Market.Node.Chain;
using Market.Node.Health;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Market.Node.Observing;

/// <summary>
/// Metrics for Prometheus always; metrics and traces over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.
/// The other <c>OTEL_</c> variables mean what OpenTelemetry's specification says.
/// </summary>
internal static class NodeObserving
{
    private const string Prefix = "OTEL_";
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds instruments and exporters.</summary>
    public static WebApplicationBuilder AddObserving(this WebApplicationBuilder builder, MarketAccess market)
    {
        // The exporters read their settings from here; nothing else of the environment is let in.
        builder.Configuration.AddInMemoryCollection(
            from DictionaryEntry variable in Environment.GetEnvironmentVariables()
            where variable.Key.ToString()!.StartsWith(Prefix, StringComparison.Ordinal)
            select new KeyValuePair<string, string?>(variable.Key.ToString()!, variable.Value?.ToString()));
        var collected = !string.IsNullOrWhiteSpace(builder.Configuration[EndpointVariable]);

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("market-node", "market", NodeStatus.Version, serviceInstanceId: market.Device.ToString()))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(ProviderMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter();
                if (collected) metrics.AddOtlpExporter();
            });
        if (collected) telemetry.WithTracing(traces => traces.AddSource(LeaseTrace.SourceName, TransactionTrace.SourceName).AddOtlpExporter());

        builder.Services.AddSingleton<ProviderMetrics>().AddHostedService<ProviderGauges>();
        return builder;
    }
}
