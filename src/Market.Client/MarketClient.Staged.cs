using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.Collecting;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Posting;
using Market.Client.Quoting;
using Market.Client.Retrying;
using Market.Client.Scheduling;
using Market.Client.Staging;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Scheduling;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client;

/// <content>Jobs of several stages.</content>
public sealed partial class MarketClient
{
    /// <summary>Sends a job's inputs and programs to devices and posts it with its whole budget. It needs nobody here from then on.</summary>
    /// <param name="quote">The quote.</param>
    /// <param name="outputDirectory">Overrides the file's.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops; once the job is out it goes on.</param>
    /// <param name="retry">The plan whose <see cref="StagedRetryPlan.Job"/> was quoted, if this buys part of a job again.</param>
    public Task<StagedRecord> PostAsync(GraphQuote quote, string? outputDirectory, IProgress<PostProgress>? progress, CancellationToken cancel, StagedRetryPlan? retry = null) =>
        ChainFaults.TranslateAsync(
            async () =>
            {
                var watcher = new Following.JobWatcher(Connection, _time);
                await watcher.CatchUpAsync(cancel);
                var poster = new StagedPoster(Connection, Sign().Sender, RequireKey(), Jobs, _time, _random);
                return await poster.PostAsync(quote, Profile.Name, outputDirectory, watcher.Ledger.Peers(), progress, retry, cancel);
            },
            Asset);

    /// <summary>Where a job of several stages stands now.</summary>
    public Task<StagedProgress> LookAsync(StagedRecord job, CancellationToken cancel) =>
        ChainFaults.TranslateAsync(() => new StagedWatcher(Connection, job, _time).LookAsync(cancel), Asset);

    /// <summary>Where a job of several stages stands after each block, until it is over. With a key the client also moves it on.</summary>
    /// <param name="job">The job.</param>
    /// <param name="trouble">Told in words when the chain is lost and found again; the loop goes on.</param>
    /// <param name="cancel">Leaves the loop.</param>
    public async IAsyncEnumerable<StagedProgress> FollowAsync(StagedRecord job, IProgress<string>? trouble, [EnumeratorCancellation] CancellationToken cancel)
    {
        var watcher = new StagedWatcher(Connection, job, _time, trouble);
        var parameters = await ParametersAsync(cancel);
        using var peers = _sender is null ? null : ConnectToPeers();
        var overseer = peers is null ? null : Overseer(job.Id, peers, parameters);
        await using var updates = watcher.WatchAsync(progress => progress.IsOver && progress.Confirmations >= Confirmations, cancel).GetAsyncEnumerator(cancel);
        while (await ChainFaults.TranslateAsync(async () => await updates.MoveNextAsync(), Asset))
        {
            yield return updates.Current;
            var now = updates.Current;
            if (now.IsOver || overseer is null || Connection.Deployment.Jobs is not { } manager) continue;
            await ChainFaults.TranslateAsync(() => TryAsync(() => watcher.KeepAsync(now, Sign().Sender, manager, parameters.GraceSeconds, cancel), "a call to move the job on did not get through", trouble), Asset);
            await ChainFaults.TranslateAsync(() => TryAsync(() => OverseeAsync(overseer, now, manager, parameters.GraceSeconds, watcher.Ledger, cancel), "the leases could not be looked after", trouble), Asset);
        }
    }

    // All of a job's budget is in its account, which pays for its stages' offers and nothing else: there is nothing for second
    // copies. What is decided is told all the same, and silent devices are summoned.
    private async Task OverseeAsync(LeaseOverseer overseer, StagedProgress progress, Hashing.Address manager, uint grace, Following.MarketLedger ledger, CancellationToken cancel)
    {
        foreach (var stage in progress.Stages.Where(s => s.Stage.State == StageStateCode.Open && s.Offer is not null))
        {
            WatchedLease[] running = [.. stage.Leases.Where(l => l.State == LeaseState.Leased).Select(WatchedLease.Of)];
            var watch = new StageWatch(StageId.Parse(stage.Name), stage.Offer!.Terms, [.. running], LeaseOverseer.NeededOf(stage.Offer.Terms, grace), Amount.Zero, progress.Now);
            foreach (var summon in (await overseer.LookAsync(watch, ledger.Peers, cancel)).OfType<Summon>())
            {
                var lease = watch.Leases.Single(l => l.Lease.First == summon.Lease.First);
                var call = new SummonDeviceFunction(progress.Entry!.Job, JobKeeping.TermsOf(watch.Terms), lease.Lease.ToWord());
                await overseer.SummonAsync(watch, lease, () => Sign().Sender.SendAsync(manager, call, cancel));
            }
        }
    }

    /// <summary>Owner: waives the rest of the window of all committed leases of a job and pays them.</summary>
    public Task<int> AcceptAsync(StagedProgress progress, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var accepted = 0;
            foreach (var stage in progress.Stages)
            {
                var leases = stage.Leases.Where(lease => lease.State == LeaseState.Committed).Select(lease => lease.Lease.ToWord()).ToArray();
                if (leases.Length == 0) continue;
                var call = new AcceptLeasesFunction(progress.Entry!.Job, JobKeeping.TermsOf(stage.Offer!.Terms), [.. leases]);
                // A window that ended meanwhile leaves less to accept, which is no fault.
                if (await Sign().Sender.SendAsync(Connection.Deployment.Jobs!.Value, call, cancel) is Chain.Transactions.SendOutcome.Mined) accepted += leases.Length;
            }

            return accepted;
        },
        Asset);

    /// <summary>Fetches the results of a job of several stages as far as they are bound, checks them and writes files.</summary>
    /// <param name="job">The job.</param>
    /// <param name="directory">Overrides the record's.</param>
    /// <param name="cancel">Stops; files written so far are whole.</param>
    public Task<CollectedJob> CollectAsync(StagedRecord job, string? directory, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new StagedWatcher(Connection, job, _time);
            var progress = await watcher.LookAsync(cancel);
            directory ??= job.OutputDirectory;
            if (progress.Stages.ElementAtOrDefault(job.Result) is not { Offer: { } offer, Stage.IsBound: true }) return new CollectedJob(directory, [], [], [], (uint)job.Outputs.Length, 0, [], null, null);
            using var folder = Jobs.OpenFolder(job.Id);
            var deployment = Connection.Deployment;
            using var peers = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), RequireKey(), _time, _random);
            var fetcher = new LeaseFetcher(job.Holders, folder.Blobs, new BlobFetcher(peers), watcher.Ledger.Peers());
            var rule = offer.Work.Inputs == Domain.Offers.InputKind.Manifest ? null : progress.State.Rules[offer.Id];
            var collected = await new Collector(AsRecord(job, offer, progress), fetcher, rule).CollectAsync(watcher.Ledger.Offer(offer.Terms, offer.Id), directory, cancel);
            return collected with { Upstream = await UpstreamAsync(progress, fetcher, cancel) };
        },
        Asset);

    /// <summary>What failed in stages that others read.</summary>
    private static async Task<ImmutableArray<FailedUpstream>> UpstreamAsync(StagedProgress progress, LeaseFetcher fetcher, CancellationToken cancel)
    {
        var failed = ImmutableArray.CreateBuilder<FailedUpstream>();
        foreach (var stage in progress.Entry!.Stages.SelectMany(stage => stage.Spec.Input.Stages).Distinct().Order())
        {
            if (progress.History.Attempts[stage] is not [.., { View: var view }]) continue;
            foreach (var lease in view.Leases.Where(lease => lease.HasResults).OrderBy(lease => lease.Lease.First))
            {
                if (await fetcher.ListAsync(lease, cancel) is not { } list) continue;
                failed.AddRange(list.Results.Select((result, i) => (Result: result, Tasklet: lease.Lease.First + (uint)i)).Where(pair => !pair.Result.Succeeded).Select(pair => new FailedUpstream(
                    progress.Record.Stages[stage], pair.Tasklet, pair.Result.Status, pair.Result.ExitCode, pair.Result.FuelUsed, pair.Result.RanDry(view.Terms.Mfuel))));
            }
        }

        return failed.ToImmutable();
    }

    /// <summary>Owner: makes what came back from a job that is over credit again.</summary>
    public Task<Amount> RedepositAsync(StagedProgress progress, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var amount = new Amount(progress.Entry?.Returned ?? 0);
            if (amount == Amount.Zero) return amount;
            (await Connection.Token.ApproveAsync(Sign().Sender, Connection.Deployment.Market, amount, cancel)).Require();
            (await Sign().DepositAsync(amount, cancel)).Require();
            return amount;
        },
        Asset);

    /// <summary>The result stage's offer, as the collector knows jobs.</summary>
    private static JobRecord AsRecord(StagedRecord job, Chain.Projection.OfferEntry offer, StagedProgress progress) => new()
    {
        Schema = JobRecord.CurrentSchema,
        Id = job.Id,
        Name = job.Name,
        Profile = job.Profile,
        ChainId = job.ChainId,
        Market = job.Market,
        Terms = offer.Terms,
        Work = offer.Work,
        CreatedAt = job.CreatedAt,
        DueBy = progress.Now,
        Asset = job.Asset,
        Escrow = offer.Escrow,
        Expected = offer.Escrow,
        OutputDirectory = job.OutputDirectory,
        Outputs = job.Outputs,
        Picture = job.Picture,
        Retry = job.Retry is { Tasklets.IsEmpty: true } retry ? retry with { Tasklets = [.. Enumerable.Range(0, (int)offer.Terms.Total).Select(i => (uint)i)] } : job.Retry,
        Holders = job.Holders,
    };
}
