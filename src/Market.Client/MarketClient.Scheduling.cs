using System.Collections.Immutable;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Transactions;
using Market.Client.Following;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Markets;
using Market.Client.Scheduling;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Scheduling;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client;

/// <content>What looks after leases while a consumer is attached to a job.</content>
public sealed partial class MarketClient
{
    /// <summary>What was decided about the leases of this user's jobs, and why.</summary>
    public DecisionLog Decisions => new(_home);

    internal PeerConnections ConnectToPeers() =>
        new(new SigningDomain(Connection.Deployment.ChainId, Connection.Deployment.Market), RequireKey(), _time, _random);

    internal LeaseOverseer Overseer(string job, PeerConnections peers, ParametersTuple parameters)
    {
        var reader = new MarketReader(Connection);
        return new LeaseOverseer(job, Asset, new Heartbeats(peers, _time), reader.BookAsync, parameters.FeeBps, parameters.SummonsSeconds, Decisions, _time);
    }

    /// <summary>The job as it was posted, from here or from its file; null if that is gone or has changed.</summary>
    internal async Task<PreparedJob?> PreparedAsync(JobRecord job, CancellationToken cancel)
    {
        if (_prepared.TryGetValue(job.Id, out var known)) return known;
        if (job.JobFile is null || !File.Exists(job.JobFile)) return null;
        if ((await JobFile.ReadAsync(job.JobFile, cancel)).File is not { Spec.Stages.Length: 1 } file || (await JobResolver.ResolveAsync(file, cancel)).Job is not { } resolved) return null;
        var prepared = await PreparedJob.PrepareAsync(resolved, cancel);
        return prepared.Work == job.Work ? _prepared[job.Id] = prepared : null;
    }

    /// <summary>Devices that could run a second copy: in the same book, and with no part of the first. As many as an offer should name.</summary>
    internal async Task<ImmutableArray<DeviceId>> OthersAsync(StageWatch watch, CancellationToken cancel)
    {
        var busy = watch.Leases.Select(l => l.Lease.Device).ToHashSet();
        var bids = await new MarketReader(Connection).BookAsync(watch.Terms.ClassKey, cancel);
        return [.. bids.Where(bid => bid.FreeLanes > 0 && !busy.Contains(bid.Device) && (watch.Terms.Devices.IsEmpty || watch.Terms.Devices.Contains(bid.Device))).OrderBy(bid => bid.Tick).Take(Placement.MostNamed).Select(bid => bid.Device).Order()];
    }

    /// <summary>Has a device that fell silent appear.</summary>
    internal Task<SendOutcome> SummonAsync(Terms terms, Lease lease, CancellationToken cancel) => Sign().SummonAsync(terms, lease, cancel);

    /// <summary>Makes the calls that move a second copy on.</summary>
    internal async Task KeepAsync(JobProgress copy, uint graceSeconds, CancellationToken cancel)
    {
        if (!_keepers.TryGetValue(copy.Job.Id, out var keeper)) _keepers[copy.Job.Id] = keeper = new JobKeeper(Sign(), graceSeconds);
        await keeper.StepAsync(copy, cancel);
    }

    /// <summary>Takes back what no device has, now and later; false if the market does not let it.</summary>
    internal async Task<bool> TryCancelAsync(JobRecord job, CancellationToken cancel) => await Sign().CancelOfferAsync(job.Terms, cancel) is SendOutcome.Mined;
}
