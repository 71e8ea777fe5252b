using System.Diagnostics.Metrics;
using Market.Chain.Transactions;
using Market.Domain.Results;
using Market.Node.Chain;
using Market.Node.Storage;

namespace Market.Node.Observing;

/// <summary>Counts what the node does. Labels come from closed sets: never an id.</summary>
internal sealed class ProviderMetrics : IDisposable
{
    /// <summary>Name of the meter; every instrument of it starts with <c>market.provider.</c></summary>
    public const string MeterName = "Market.Provider";

    private const double WeiPerEth = 1e18;

    private readonly TransactionSender _sender;
    private readonly Counter<long> _bids;
    private readonly Counter<long> _leases;
    private readonly Counter<long> _tasklets;
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _fuel;
    private readonly Counter<long> _transactions;
    private readonly Counter<long> _gas;
    private readonly Counter<double> _gasSpent;

    /// <summary>Makes the instruments and starts counting the operator's transactions.</summary>
    public ProviderMetrics(IMeterFactory meters, MarketAccess market)
    {
        var meter = meters.Create(MeterName);
        _bids = meter.CreateCounter<long>("market.provider.bids", "{change}", "Changes of the bid, by step and result");
        _leases = meter.CreateCounter<long>("market.provider.leases", "{lease}", "Leases that ended, by outcome");
        _tasklets = meter.CreateCounter<long>("market.provider.tasklets", "{tasklet}", "Tasklets run, by outcome");
        _durations = meter.CreateHistogram(
            "market.provider.tasklet.duration",
            "s",
            "Wall-clock time of one tasklet's run",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300] });
        _fuel = meter.CreateCounter<long>("market.provider.fuel", "{fuel}", "Fuel that tasklets used");
        _transactions = meter.CreateCounter<long>("market.provider.tx", "{transaction}", "Transactions of the operator, by function and result");
        _gas = meter.CreateCounter<long>("market.provider.gas", "{gas}", "Gas that the operator's transactions used, by function");
        _gasSpent = meter.CreateCounter<double>("market.provider.gas.spent", "eth", "What the operator paid for gas");
        _sender = market.Account.Sender;
        _sender.Sent += Count;
    }

    /// <summary>The bid was changed, or was to be.</summary>
    public void BidChanged(string step, string result) => _bids.Add(1, new("step", step), new("result", result));

    /// <summary>A lease is over.</summary>
    public void LeaseEnded(LeaseStage stage) => _leases.Add(1, new KeyValuePair<string, object?>("outcome", stage == LeaseStage.Settled ? "settled" : "lost"));

    /// <summary>A tasklet ran to a result.</summary>
    public void TaskletRan(TaskletResult result, TimeSpan took)
    {
        var outcome = result.Status == TaskletStatus.Trapped ? "trapped" : result.ExitCode == 0 ? "succeeded" : "failed";
        _tasklets.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _fuel.Add((long)result.FuelUsed);
        _durations.Record(took.TotalSeconds);
    }

    /// <summary>A tasklet's run was given up; it may be tried again.</summary>
    public void TaskletGivenUp() => _tasklets.Add(1, new KeyValuePair<string, object?>("outcome", "given_up"));

    /// <inheritdoc/>
    public void Dispose() => _sender.Sent -= Count;

    private void Count(string kind, SendOutcome outcome)
    {
        _transactions.Add(1, new("kind", kind), new("result", outcome.Name));
        if (outcome.Included is not { } receipt) return;
        _gas.Add((long)receipt.GasUsed, new KeyValuePair<string, object?>("kind", kind));
        _gasSpent.Add((double)receipt.Fee / WeiPerEth);
    }
}
