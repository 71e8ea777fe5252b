using System.Collections.Immutable;
using Market.Client.Collecting;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Mapping;
using Market.Client.Posting;
using Market.Client.Quoting;
using Market.Client.Wallets;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client;

/// <content>Jobs that are written in code.</content>
public sealed partial class MarketClient : IJobMarket
{
    /// <summary>
    /// Connects as the command line does: profile and wallet of this user, as <c>MARKET_HOME</c>, <c>MARKET_PROFILE</c>,
    /// <c>MARKET_WALLET</c> and <c>MARKET_WALLET_PASSWORD_FILE</c> say or as <c>market profile use</c> and <c>wallet use</c> left them.
    /// </summary>
    /// <param name="profile">Another profile.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">There is no such profile or wallet, its password is missing or wrong, or the chain is another one.</exception>
    public static async Task<MarketClient> OpenAsync(string? profile = null, CancellationToken cancel = default)
    {
        var home = MarketHome.FromEnvironment();
        var chosen = new ProfileStore(home).Read(profile ?? Environment.GetEnvironmentVariable("MARKET_PROFILE"));
        var key = await WalletKeys.UnlockAsync(home, chosen, Environment.GetEnvironmentVariable("MARKET_WALLET"), cancel);
        var client = await ConnectAsync(chosen, home, null, TimeProvider.System, cancel);
        client.SignWith(key);
        return client;
    }

    /// <inheritdoc/>
    public async Task<JobHandle> StartAsync(JobDraft job, IProgress<string>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(job);
        var (resolved, steps) = (job.Resolve(), progress is null ? null : new Steps(progress));
        if (resolved.Stages.Length > 1)
        {
            ImmutableArray<StageSample>? samples = job.Options.SkipLocalRun ? null : await RunStagesLocallyAsync(resolved, cancel);
            return new StagesJob(this, job.Options, await PostAsync(await QuoteStagesAsync(resolved, samples, null, cancel), null, steps, cancel));
        }

        var prepared = await PreparedJob.PrepareAsync(resolved, cancel);
        var local = job.Options.SkipLocalRun ? null : await RunLocallyAsync(prepared, cancel);
        return new OneTaskJob(this, job.Options, await PostAsync(await QuoteAsync(prepared, local, null, cancel), null, steps, cancel));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens a job's blobs and connections to all peers.</summary>
    internal Task<FetchSession> OpenSessionAsync(string job, ImmutableArray<JobHolder> holders, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new JobWatcher(Connection, _time);
            await watcher.CatchUpAsync(cancel);
            var deployment = Connection.Deployment;
            var folder = Jobs.OpenFolder(job);
            var peers = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), RequireKey(), _time, _random);
            return new FetchSession(folder, peers, new LeaseFetcher(holders, folder.Blobs, new BlobFetcher(peers), watcher.Ledger.Peers()));
        },
        Asset);

    private sealed class Steps(IProgress<string> progress) : IProgress<PostProgress>
    {
        public void Report(PostProgress value) => progress.Report(value.Text);
    }
}
