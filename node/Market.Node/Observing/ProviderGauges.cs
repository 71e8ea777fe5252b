using System.Diagnostics.Metrics;
using Market.Blobs;
using Market.Chain.Projection;
using Market.Domain.Money;
using Market.Ethereum.Rpc;
using Market.Node.Bidding;
using Market.Node.Chain;
using Market.Node.Health;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Storage;

namespace Market.Node.Observing;

/// <summary>
/// What is read when somebody looks. Money comes from the chain, so it survives restarts and counts what others sent too;
/// it is shown in whole units of the asset, whose symbol ends the metric's name.
/// </summary>
internal sealed class ProviderGauges(
    IMeterFactory meters,
    MarketAccess market,
    MarketProjection projection,
    NodeOptions options,
    NodeStatus status,
    LeaseBoard leases,
    BidStatus bid,
    OperatorFunds funds,
    ChainHead head,
    BlobStore blobs,
    DiskRoom disk,
    Drain drain,
    TimeProvider time) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(ProviderMetrics.MeterName);
        var asset = market.Asset.Symbol.ToLowerInvariant();
        meter.CreateObservableGauge("market.provider.build.info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", NodeStatus.Version)), null, "Always 1; the label says which build runs");
        meter.CreateObservableGauge("market.provider.ready", () => status.NotReadyBecause().Count == 0 ? 1 : 0, null, "Whether the node takes work");
        meter.CreateObservableGauge("market.provider.draining", () => drain.IsDraining ? 1 : 0, null, "Whether the node is going down");
        meter.CreateObservableGauge("market.provider.slots", Slots, "{slot}", "Tasklets that can run at once, by state");
        meter.CreateObservableGauge("market.provider.leases.active", () => leases.Open.Count, "{lease}", "Leases that are not over");
        meter.CreateObservableCounter("market.provider.earnings", () => Units(Device?.Earned), asset, "Pay of all settled leases");
        meter.CreateObservableCounter("market.provider.penalties", () => Units(Device?.Lost), asset, "Penalties and slashes");
        meter.CreateObservableCounter("market.provider.slashes", () => Device is { Slashed: true } ? 1L : 0, "{slash}", "Results proven wrong");
        meter.CreateObservableGauge("market.provider.stake", () => Units(Device?.Stake), asset, "At stake, bonds and winnings included");
        meter.CreateObservableGauge("market.provider.exposure", Exposure, "1", "Share of the stake that bonds of open leases lock");
        meter.CreateObservableGauge("market.provider.bid.price", Price, asset, "What the standing bid asks per Gfuel");
        meter.CreateObservableGauge("market.provider.operator.balance", () => (double)funds.Wei / 1e18, "eth", "What the operator holds for gas");
        meter.CreateObservableGauge("market.provider.chain.block", () => (long)head.Current.Number, null, "The newest block taken in");
        meter.CreateObservableGauge("market.provider.chain.head.lag", Lag, "s", "Age of the newest block taken in");
        meter.CreateObservableGauge("market.provider.chain.reachable", () => head.Reachable ? 1 : 0, null, "Whether an endpoint of the chain answers");
        meter.CreateObservableGauge("market.provider.rpc.endpoints", Endpoints, "{endpoint}", "Endpoints of the chain, by what is known of them");
        meter.CreateObservableGauge("market.provider.blobs.used", () => blobs.UsedBytes, "By", "Disk that blobs take");
        meter.CreateObservableGauge("market.provider.blobs.quota", () => blobs.QuotaBytes, "By", "Disk that blobs may take");
        meter.CreateObservableGauge("market.provider.disk.free", () => disk.FreeBytes, "By", "Free on the disk of the data directory");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private DeviceEntry? Device => projection.State.Devices.GetValueOrDefault(market.Device);

    private double Units(Amount? amount) => (double)(amount?.BaseUnits ?? 0) / (double)market.Asset.One;

    private double Exposure() => bid.Device is { Stake: > 0 } device ? (double)device.Locked / device.Stake : 0;

    private double Lag() => head.Current.Number == 0 ? 0 : Math.Max(0, time.GetUtcNow().ToUnixTimeSeconds() - (double)head.Current.Time.Seconds);

    private IEnumerable<Measurement<int>> Slots()
    {
        var busy = status.BusyLanes;
        yield return new Measurement<int>(busy, new KeyValuePair<string, object?>("state", "busy"));
        yield return new Measurement<int>(options.Lanes - busy, new KeyValuePair<string, object?>("state", "free"));
    }

    private IEnumerable<Measurement<int>> Endpoints() =>
        from state in Enum.GetValues<RpcEndpointState>()
        select new Measurement<int>(market.Connection.Endpoints.Count(e => e.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()));

    private IEnumerable<Measurement<double>> Price()
    {
        if (!projection.State.Bids.TryGetValue(market.Device, out var standing)) yield break;

        // A raw price is base units per Mfuel times 2^32, as UnitPrice.CostUp counts; a Gfuel is a thousand Mfuel.
        yield return new Measurement<double>((double)standing.Tick.Price.Raw / 4_294_967_296 * 1000 / (double)market.Asset.One);
    }
}
