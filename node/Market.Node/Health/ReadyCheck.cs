using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Market.Node.Health;

/// <summary>Readiness for <c>grpc.health.v1</c>: SERVING while the node takes work.</summary>
internal sealed class ReadyCheck(NodeStatus status) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var reasons = status.NotReadyBecause();
        return Task.FromResult(reasons.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join("; ", reasons)));
    }
}
