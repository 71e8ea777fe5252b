using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Observing;

/// <summary>What real nodes tell operators about a real job: metrics, one trace, health, structured logs.</summary>
public sealed class ObservabilityTests(ObservedMarketFixture local) : IClassFixture<ObservedMarketFixture>
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Job_ShowsInMetricsTracesAndLogs_OfEveryNodeThatRanIt()
    {
        var folder = local.Folder();
        TestModule.Write(folder);
        var job = Path.Combine(folder, "job.yaml");
        await File.WriteAllTextAsync(job, """
            version: 1
            name: observed
            task: { module: task.wasm }
            inputs: { list: [alpha, beta, gamma, delta, epsilon, x-traps] }
            output: { dir: out, name: "{index}.txt" }
            limits: { memory: 16MiB, fuel: 100M, time: 20s, output: 1MiB }
            sla: { deadline: 5m, budget: 1 CRD, verification: optimistic }

            """, TestContext.Current.CancellationToken);
        var run = (await local.Market.RunAsync(["job", "run", job, "--accept", "--yes", "--json", "--skip-local-run"])).Exits(6).Json;

        var metrics = (await Task.WhenAll((await NodesAsync()).Values.Select(MetricsAsync))).SelectMany(m => m).ToList();
        double Sum(string start, string label = "") => metrics.Where(m => m.Name == start && m.Labels.Contains(label, StringComparison.Ordinal)).Sum(m => m.Value);
        Assert.Equal(5, Sum("market_provider_tasklets_total", "outcome=\"succeeded\""));
        Assert.Equal(1, Sum("market_provider_tasklets_total", "outcome=\"trapped\""));
        Assert.Equal(6, Sum("market_provider_tasklet_duration_seconds_count"));
        Assert.True(Sum("market_provider_fuel_total") > 0);
        Assert.True(Sum("market_provider_earnings_crd_total") > 0);
        Assert.Equal(run.GetProperty("leases").GetArrayLength(), Sum("market_provider_tx_total", "kind=\"commit\",result=\"mined\""));
        Assert.True(Sum("market_provider_gas_total", "kind=\"commit\"") > 20_000);
        Assert.Equal(600, Sum("market_provider_stake_crd"), 5.0);
        Assert.True(Sum("market_provider_bid_price_crd") > 0);
        Assert.True(Sum("market_provider_operator_balance_eth") > 0);
        Assert.Equal(3, Sum("market_provider_build_info"));
        Assert.Equal(3, Sum("market_provider_chain_reachable"));
        Assert.DoesNotContain(metrics, m => m.Labels.Contains("0x", StringComparison.Ordinal));

        // One trace for the job: its id is the start of the offer's, which every line of a lease also carries.
        var offers = await OffersAsync();
        var trace = Assert.Single(offers.Select(o => o[2..34]).Distinct());
        await LocalMarketFixture.UntilAsync(() => Task.FromResult(Spans(trace).Count(s => s.Name == "lease commit") == run.GetProperty("leases").GetArrayLength()), "commit spans of all leases");
        var spans = Spans(trace);
        foreach (var name in new[] { "lease fetch", "lease run", "tx commit" }) Assert.Contains(spans, s => s.Name == name);
        Assert.All(spans, s => Assert.Equal("market-node", s.Service));
        Assert.Equal(run.GetProperty("leases").EnumerateArray().Select(l => $"d-{l.GetProperty("device").GetUInt32()}").Distinct().Order(), spans.Select(s => s.Instance).Distinct().Order());
        Assert.Contains("/v1/metrics", await PathsAsync());

        // The node goes on writing: its newest line may be half there.
        var lines = (await File.ReadAllLinesAsync(Path.Combine(local.Home, "dev", "node-1.log"), TestContext.Current.CancellationToken)).Where(l => l.EndsWith('}')).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.All(lines, l => Assert.True(l.GetProperty("EventId").GetInt32() > 0));
        Assert.All(
            lines.Where(l => l.GetProperty("EventId").GetInt32() is >= 4201 and <= 4212),
            l => Assert.Contains(l.GetProperty("Scopes").EnumerateArray(), s => s.TryGetProperty("trace_id", out var id) && id.GetString() == trace));
    }

    [Fact]
    public async Task Health_AnswersForSupervisors()
    {
        foreach (var node in (await NodesAsync()).Values)
        {
            foreach (var page in new[] { "live", "startup", "ready" })
            {
                Assert.True((await Http.GetAsync(new Uri(node, $"healthz/{page}"), TestContext.Current.CancellationToken)).IsSuccessStatusCode, page);
            }
        }
    }

    [Fact]
    public async Task GrpcHealth_SaysServing_ToAnyone()
    {
        var config = await File.ReadAllTextAsync(Path.Combine(local.Home, "dev", "node-1", "provider.yaml"), TestContext.Current.CancellationToken);
#pragma warning disable CA5359 // What is asked is public; the node's certificate is known by the key on the chain, not by an authority.
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359
        using var channel = GrpcChannel.ForAddress($"https://{config.Split("api: ")[1].Split('\n')[0].Trim()}", new GrpcChannelOptions { HttpHandler = handler });
        var bytes = Marshallers.Create(b => b, b => b);
        var check = new Method<byte[], byte[]>(MethodType.Unary, "grpc.health.v1.Health", "Check", bytes, bytes);

        // HealthCheckResponse.status is field 1; SERVING is 1.
        await LocalMarketFixture.UntilAsync(
            async () => (await channel.CreateCallInvoker().AsyncUnaryCall(check, null, new CallOptions(cancellationToken: TestContext.Current.CancellationToken), []).ResponseAsync).AsSpan().SequenceEqual<byte>([8, 1]),
            "SERVING");
    }

    private List<ReceivedSpan> Spans(string trace) => [.. local.Sink.Spans.Where(s => s.TraceId == trace)];

    private async Task<IReadOnlyCollection<string>> PathsAsync()
    {
        await LocalMarketFixture.UntilAsync(() => Task.FromResult(local.Sink.Paths.Contains("/v1/metrics")), "a report of metrics");
        return local.Sink.Paths;
    }

    private async Task<Dictionary<string, Uri>> NodesAsync()
    {
        var nodes = new Dictionary<string, Uri>();
        foreach (var name in (await local.ProcessesAsync()).Keys.Where(n => n != "chain"))
        {
            var config = await File.ReadAllTextAsync(Path.Combine(local.Home, "dev", name, "provider.yaml"), TestContext.Current.CancellationToken);
            nodes[name] = new Uri($"http://{config.Split("health: ")[1].Split('\n')[0].Trim()}/");
        }

        return nodes;
    }

    private async Task<List<string>> OffersAsync()
    {
        var offers = new List<string>();
        foreach (var node in (await NodesAsync()).Values)
        {
            var status = JsonDocument.Parse(await Http.GetStringAsync(new Uri(node, "status"), TestContext.Current.CancellationToken)).RootElement;
            offers.AddRange(status.GetProperty("leases").EnumerateArray().Concat(status.GetProperty("recent").EnumerateArray()).Select(l => l.GetProperty("offer").GetString()!));
        }

        return offers;
    }

    private static async Task<List<(string Name, string Labels, double Value)>> MetricsAsync(Uri node)
    {
        var text = await Http.GetStringAsync(new Uri(node, "metrics"), TestContext.Current.CancellationToken);
        return
        [
            .. text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l =>
            {
                var brace = l.IndexOf('{', StringComparison.Ordinal);
                var end = l.LastIndexOf('}');
                var name = brace < 0 ? l.Split(' ')[0] : l[..brace];
                var rest = (end < 0 ? l[name.Length..] : l[(end + 1)..]).Trim().Split(' ')[0];
                return (name, brace < 0 ? "" : l[brace..end], double.Parse(rest, CultureInfo.InvariantCulture));
            }),
        ];
    }
}
