using System.Collections.Immutable;
using Market.Chain.Generated.ComputeMarket;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Retrying;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Scheduling;
using Market.Transport.Peers;

namespace Market.Client.Scheduling;

/// <summary>
/// What an attached consumer does about slow and silent leases of a job of one task. Silent devices are summoned. Where it pays,
/// a range is bought a second time: an offer of the same work over that range, from devices that have nothing to do with the first, out of what the budget
/// has beyond the first offer's escrow. Whichever is committed first is used, and whoever delivers is paid.
/// </summary>
internal sealed class JobAttendant : IDisposable
{
    // Too little time for anyone to be matched, to fetch and to commit.
    private const ulong LeastSeconds = 10;
    private static readonly StageId Main = StageId.Main;

    private readonly MarketClient _client;
    private readonly JobRecord _job;
    private readonly ParametersTuple _parameters;
    private readonly PeerConnections _connections;
    private readonly LeaseOverseer _overseer;
    private readonly List<JobRecord> _copies;
    private readonly HashSet<LeaseKey> _tried = [];
    private readonly HashSet<OfferId> _used = [];
    private bool _cancelled;

    public JobAttendant(MarketClient client, JobRecord job, ParametersTuple parameters)
    {
        (_client, _job, _parameters) = (client, job, parameters);
        _connections = client.ConnectToPeers();
        _overseer = client.Overseer(job.Id, _connections, parameters);
        _copies = [.. client.Jobs.CopiesOf(job)];
    }

    /// <summary>Second copies so far.</summary>
    public IReadOnlyList<JobRecord> Copies => _copies;

    /// <summary>What the budget has left for second copies.</summary>
    public Amount Kept => Amount.SubtractToZero(_job.Budget ?? _job.Escrow, _copies.Aggregate(_job.Escrow, (sum, copy) => sum + copy.Escrow));

    /// <summary>Looks after the job's leases.</summary>
    public async Task StepAsync(JobProgress progress, Func<IReadOnlyDictionary<DeviceId, Peer>> peers, CancellationToken cancel)
    {
        // A part that is bought again is overseen by nobody: it was the second attempt.
        if (_job.Retry is not null || progress.View.State == OfferState.None) return;
        foreach (var copy in progress.Copies) await KeepAsync(progress, copy, cancel);
        var bound = progress.Holds(lease => lease.HasResults);
        if (!_cancelled && progress.Copies.Length > 0 && bound.Count == progress.View.Terms.Total && progress.View is { State: OfferState.Open, IsComplete: false })
        {
            // Nothing is needed any more that nobody has begun. One lease over the whole offer cannot be cancelled; then it is when it falls.
            _cancelled = await _client.TryCancelAsync(_job, cancel);
        }

        var watch = Watch(progress);
        foreach (var decision in await _overseer.LookAsync(watch, peers, cancel))
        {
            var lease = watch.Leases.Single(l => l.Lease.First == decision.Lease.First);
            if (decision is Summon) await _overseer.SummonAsync(watch, lease, () => _client.SummonAsync(watch.Terms, lease.Lease, cancel));
            if (decision is Speculate copy && _tried.Add(lease.Key)) await BuyAsync(watch, lease, copy, cancel);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();

    /// <summary>Running leases without a copy. They are needed while an expired range could still be run once more by the deadline.</summary>
    private StageWatch Watch(JobProgress progress)
    {
        var terms = progress.View.Terms;
        var copied = _copies.SelectMany(copy => copy.Retry!.Tasklets).ToHashSet();
        return new StageWatch(
            Main,
            terms,
            [.. progress.View.Leases.Where(l => l.State == LeaseState.Leased && !copied.Contains(l.Lease.First)).Select(WatchedLease.Of)],
            LeaseOverseer.NeededOf(terms, _parameters.GraceSeconds),
            Kept,
            progress.Now);
    }

    private async Task BuyAsync(StageWatch watch, WatchedLease lease, Speculate decision, CancellationToken cancel)
    {
        try
        {
            var left = _job.DueBy.SecondsFrom(watch.Now);
            if (left < LeastSeconds || await _client.PreparedAsync(_job, cancel) is not { } whole)
            {
                _overseer.Log(watch, lease, "copy-failed", left < LeastSeconds ? "too late for a second copy" : "no second copy: the job file is gone or has changed");
                return;
            }

            ImmutableArray<uint> tasklets = [.. Enumerable.Range((int)lease.Lease.First, (int)lease.Lease.Count).Select(i => (uint)i)];
            var others = await _client.OthersAsync(watch, cancel);
            var part = whole.Only(tasklets, spec => spec with
            {
                Limits = spec.Limits with { Fuel = new Fuel(watch.Terms.Mfuel * Fuel.PerMfuel) },
                Sla = spec.Sla with { Deadline = TimeSpan.FromSeconds(left), Devices = others },
            });
            var quote = await _client.QuoteAsync(part, null, Amount.Min(Kept, decision.Cost), cancel);
            var copy = await _client.PostAsync(quote, _job.OutputDirectory, null, cancel, RetryPlan.SecondCopy(_job, part, tasklets));
            _copies.Add(copy);
            _overseer.Log(watch, lease, "copy-bought", $"{LeaseWords.Range(lease.Lease)} are bought a second time as {copy.Id}, for at most {_job.Asset.Format(copy.Escrow)}");
        }
        catch (MarketException e)
        {
            _overseer.Log(watch, lease, "copy-failed", $"no second copy of {LeaseWords.Range(lease.Lease)}: {e.Message}");
        }
    }

    private async Task KeepAsync(JobProgress progress, JobProgress copy, CancellationToken cancel)
    {
        await _client.KeepAsync(copy, _parameters.GraceSeconds, cancel);
        if (copy.View.Committed + copy.View.Settled < copy.View.Terms.Total || !_used.Add(copy.Job.Offer)) return;
        var first = copy.Job.Retry!.Tasklets[0];
        if (progress.View.Leases.LastOrDefault(l => l.Lease.Holds(first)) is not { } slow) return;
        var word = slow.HasResults ? "came second" : "came first and is used";
        _overseer.Log(Watch(progress), WatchedLease.Of(slow), slow.HasResults ? "copy-second" : "copy-used", $"the second copy of {LeaseWords.Range(slow.Lease)}, {copy.Job.Id}, {word}");
    }
}
