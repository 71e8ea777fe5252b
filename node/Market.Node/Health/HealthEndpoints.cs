using System.Net;

namespace Market.Node.Health;

/// <summary>Plain HTTP for people and supervisors, on a port of its own: live, ready, startup, status and metrics.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps the pages; they answer only on the health port.</summary>
    public static void MapNodeHealth(this WebApplication app, IPEndPoint endpoint)
    {
        var health = app.MapGroup("").RequireHost($"*:{endpoint.Port}");
        health.MapGet("/healthz/live", (NodeStatus status) => status.IsAlive
            ? Results.Text("live\n")
            : Results.Text("the node has not looked at the chain for minutes\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        health.MapGet("/healthz/startup", (NodeStatus status) => status.HasStarted
            ? Results.Text("started\n")
            : Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        health.MapPrometheusScrapingEndpoint("/metrics");
        health.MapGet("/healthz/ready", (NodeStatus status) =>
        {
            var reasons = status.NotReadyBecause();
            return reasons.Count == 0
                ? Results.Text("ready\n")
                : Results.Text(string.Join('\n', reasons) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
        health.MapGet("/status", (NodeStatus status) => Results.Json(status.Describe(), StatusJson.Default.StatusDocument));
    }
}
