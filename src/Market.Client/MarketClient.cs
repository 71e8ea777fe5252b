using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Chain;
using Market.Chain.Contracts;
using Market.Chain.Deployments;
using Market.Chain.Transactions;
using Market.Client.Collecting;
using Market.Client.Configuration;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Markets;
using Market.Client.Posting;
using Market.Client.Quoting;
using Market.Client.Retrying;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Planning;
using Market.Domain.Progress;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client;

/// <summary>
/// The market as a consumer uses it: quote, post, follow, accept, collect. Every fault is a <see cref="MarketException"/>
/// that names its code, its cause and what to do next.
/// </summary>
public sealed partial class MarketClient : IDisposable
{
    private readonly TimeProvider _time;
    private readonly MarketHome _home;
    // What was posted here, should a range of it be bought a second time.
    private readonly Dictionary<string, PreparedJob> _prepared = [];
    private readonly Dictionary<string, JobKeeper> _keepers = [];
    private EthereumKey? _key;
    private TransactionSender? _sender;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();

    private MarketClient(MarketConnection connection, Asset asset, Profile profile, MarketHome home, Address? account, TimeProvider time)
    {
        (Connection, Asset, Profile, _home, Account, _time) = (connection, asset, profile, home, account, time);
        Jobs = new JobStore(home, time);
    }

    /// <summary>The chain and its contracts.</summary>
    public MarketConnection Connection { get; }

    /// <summary>How amounts are written.</summary>
    public Asset Asset { get; }

    /// <summary>The market that is talked to.</summary>
    public Profile Profile { get; }

    /// <summary>This user's job records.</summary>
    public JobStore Jobs { get; }

    /// <summary>The account that quotes are for and that signs; null when only looking.</summary>
    public Address? Account { get; private set; }

    /// <summary>
    /// Connects to a profile's market and checks that it is the one meant. An account is enough to look and to quote;
    /// posting, accepting and fetching need <see cref="SignWith"/>.
    /// </summary>
    /// <exception cref="MarketException">E1010 to E1014: the chain is unreachable or another one.</exception>
    public static Task<MarketClient> ConnectAsync(Profile profile, MarketHome home, Address? account, TimeProvider time, CancellationToken cancel) =>
        ChainFaults.TranslateAsync(async () =>
        {
            var deployment = await Deployment.ReadAsync(profile.Deployment, cancel);
            if (deployment.ChainId != profile.ChainId)
            {
                throw new MarketException(
                    "E1012", ExitCode.Unreachable, $"Profile '{profile.Name}' expects chain {profile.ChainId}, its deployment file says {deployment.ChainId}; nothing was signed.", "market profile show");
            }

            var connection = await MarketConnection.OpenAsync(profile.Endpoints, deployment, new RpcPoolOptions(), time, cancel);
            try
            {
                return new MarketClient(connection, await connection.Token.AssetAsync(cancel), profile, home, account, time);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });

    /// <summary>Signs with <paramref name="key"/> from now on.</summary>
    /// <exception cref="InvalidOperationException">It already signs.</exception>
    public void SignWith(EthereumKey key)
    {
        if (_key is not null) throw new InvalidOperationException("one client signs with one key");
        (_key, _sender, Account) = (key, Connection.Sender(key), key.Address);
    }

    /// <summary>
    /// Sends a quoted job's inputs to devices and posts its offer. From the first moment that money can have moved, the
    /// job's record is on disk.
    /// </summary>
    /// <param name="quote">The quote.</param>
    /// <param name="outputDirectory">Overrides the file's.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancel">Stops; once the offer is out the job goes on.</param>
    /// <param name="retry">The plan whose <see cref="RetryPlan.Job"/> was quoted, if this buys part of a job again.</param>
    public Task<JobRecord> PostAsync(Quote quote, string? outputDirectory, IProgress<PostProgress>? progress, CancellationToken cancel, RetryPlan? retry = null) =>
        ChainFaults.TranslateAsync(
            async () =>
            {
                var watcher = new JobWatcher(Connection, _time);
                await watcher.CatchUpAsync(cancel);
                var poster = new JobPoster(Connection, Sign(), _key!, Jobs, _time, _random);
                var record = await poster.PostAsync(quote, RecordOf(quote, outputDirectory, retry), watcher.Ledger.Peers(), progress, cancel);
                _prepared[record.Id] = quote.Job;
                return record;
            },
            Asset);

    /// <summary>Where a job stands now.</summary>
    public Task<JobProgress> LookAsync(JobRecord job, CancellationToken cancel) =>
        ChainFaults.TranslateAsync(() => new JobWatcher(Connection, _time).LookAsync(Same(job), Jobs.CopiesOf(job), cancel), Asset);

    /// <summary>All that happened to a job, oldest first.</summary>
    public Task<ImmutableArray<JobEvent>> HistoryAsync(JobRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new JobWatcher(Connection, _time);
            await watcher.CatchUpAsync(cancel);
            return JobHistory.Of(Same(job).Terms, watcher.Ledger.Facts(job.Offer));
        },
        Asset);

    /// <summary>The transactions that a job is made of, with what each did and cost, oldest first.</summary>
    public Task<ImmutableArray<JobTransaction>> TransactionsAsync(JobRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () => await TransactionsAsync((await HistoryAsync(job, cancel)).Select(e => (e.Fact.Transaction, e.Fact.At, OfferWords.Describe(job.Asset, e))), cancel),
        Asset);

    private async Task<ImmutableArray<JobTransaction>> TransactionsAsync(IEnumerable<(Hash256 Transaction, UnixTime At, string Text)> told, CancellationToken cancel)
    {
        var transactions = ImmutableArray.CreateBuilder<JobTransaction>();
        foreach (var events in told.GroupBy(e => e.Transaction))
        {
            // A block that fell out of the chain meanwhile takes its receipt with it.
            if (await Connection.Client.ReceiptAsync(events.Key, cancel) is not { } receipt) continue;
            transactions.Add(new JobTransaction(
                events.Key, receipt.BlockNumber, events.First().At, receipt.From, receipt.GasUsed, receipt.GasUsed * receipt.EffectiveGasPrice, [.. events.Select(e => e.Text)]));
        }

        return transactions.ToImmutable();
    }

    /// <summary>Why a job stands where it stands, what comes next, and what its owner can do.</summary>
    public Task<Explanation> ExplainAsync(JobRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var progress = await LookAsync(job, cancel);
            var outlook = progress.View is { State: Domain.Offers.OfferState.Open, Waiting: > 0 } && !progress.IsOver ? await Quoter.OutlookAsync(Connection, job.Terms, cancel) : null;
            return JobExplainer.Explain(progress, outlook, (await Connection.Market.ParametersAsync(cancel)).GraceSeconds);
        },
        Asset);

    /// <summary>Takes back the tasklets that no device has; leases that were given go on and are paid. The offer afterwards.</summary>
    /// <exception cref="MarketException">E2303: there is nothing to take back.</exception>
    public Task<JobProgress> CancelAsync(JobRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            if (!CanCancel((await LookAsync(job, cancel)).View)) throw NothingToCancel(job.Id);
            (await Sign().CancelOfferAsync(job.Terms, cancel)).Require();
            return await LookAsync(job, cancel);
        },
        Asset);

    /// <summary>Whether an offer has tasklets that no device has and that may still be leased.</summary>
    public static bool CanCancel(OfferView view) => view.State == Domain.Offers.OfferState.Open && view.Waiting > 0;

    /// <summary>What a cancellation that has nothing to cancel ends in.</summary>
    public static MarketException NothingToCancel(string job) =>
        new("E2303", ExitCode.Usage, $"Job {job} has nothing that could be cancelled: what a device has leased runs on and is paid.", $"market job explain {job}");

    /// <summary>Waives the rest of the window of a job's committed leases and pays them. How many were accepted.</summary>
    public Task<int> AcceptAsync(JobRecord job, OfferView view, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new JobWatcher(Connection, _time);
            while (true)
            {
                var leases = view.Leases.Where(lease => lease.State == LeaseState.Committed).Select(lease => lease.Lease).ToArray();
                if (leases.Length == 0) return 0;
                var outcome = await Sign().AcceptAsync(job.Terms, leases, cancel);
                if (outcome is SendOutcome.Mined) return leases.Length;

                // A window that ends meanwhile lets anyone settle: then less is left to accept, which is no fault.
                var now = (await watcher.LookAsync(Same(job), [], cancel)).View;
                if (now.Count(LeaseState.Committed) == view.Count(LeaseState.Committed)) outcome.Require();
                view = now;
            }
        },
        Asset);

    /// <summary>Fetches the results that are bound, checks them against their roots and writes files and receipts.</summary>
    /// <param name="job">The job.</param>
    /// <param name="directory">Overrides the record's.</param>
    /// <param name="cancel">Stops; files written so far are whole.</param>
    public Task<CollectedJob> CollectAsync(JobRecord job, string? directory, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new JobWatcher(Connection, _time);
            var progress = await watcher.LookAsync(Same(job), Jobs.CopiesOf(job), cancel);
            var deployment = Connection.Deployment;
            using var peers = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), RequireKey(), _time, _random);
            var collected = await CollectOneAsync(progress, directory ?? job.OutputDirectory, watcher.Ledger, peers, cancel);

            // Copies last: the picture is whole only then.
            foreach (var copy in progress.Copies) collected = collected.With(copy.Job.Retry!.Tasklets, await CollectOneAsync(copy, directory ?? job.OutputDirectory, watcher.Ledger, peers, cancel));
            return collected;
        },
        Asset);

    private async Task<CollectedJob> CollectOneAsync(JobProgress progress, string directory, MarketLedger ledger, PeerConnections peers, CancellationToken cancel)
    {
        using var folder = Jobs.OpenFolder(progress.Job.Id);
        return await new Collector(progress.Job, new LeaseFetcher(progress.Job.Holders, folder.Blobs, new BlobFetcher(peers), ledger.Peers())).CollectAsync(progress.View, directory, cancel);
    }

    /// <summary>One book's bids, cheapest first.</summary>
    public Task<ImmutableArray<StandingBid>> BookAsync(ClassKey book, CancellationToken cancel) =>
        ChainFaults.TranslateAsync(() => new MarketReader(Connection).BookAsync(book, cancel), Asset);

    /// <summary>Every wasm book and the market's rules.</summary>
    public Task<MarketSnapshot> SnapshotAsync(CancellationToken cancel) =>
        ChainFaults.TranslateAsync(() => new MarketReader(Connection).ReadAsync(cancel), Asset);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sender?.Dispose();
        Connection.Dispose();
        _random.Dispose();
    }

    private Task<Chain.Generated.ComputeMarket.ParametersTuple> ParametersAsync(CancellationToken cancel) =>
        ChainFaults.TranslateAsync(() => Connection.Market.ParametersAsync(cancel), Asset);

    private JobRecord RecordOf(Quote quote, string? outputDirectory, RetryPlan? retry)
    {
        var file = quote.Job.Resolved.File;
        var terms = quote.Plan.Terms;
        var deployment = Connection.Deployment;
        return new JobRecord
        {
            Schema = JobRecord.CurrentSchema,
            Id = JobRecord.IdOf(terms.Id(deployment.ChainId, deployment.Market)),
            Name = file.Spec.Name,
            Profile = Profile.Name,
            ChainId = deployment.ChainId,
            Market = deployment.Market,
            Terms = terms,
            Work = quote.Job.Work,
            CreatedAt = _time.GetUtcNow(),
            DueBy = quote.Snapshot.Now.Plus((ulong)file.Spec.Sla.Deadline.TotalSeconds),
            Asset = Asset,
            Escrow = quote.Plan.Escrow,
            Budget = quote.Budget,
            Expected = quote.Expected,
            OutputDirectory = outputDirectory is null ? file.PathOf(file.Spec.Output.Directory) : Path.GetFullPath(outputDirectory),
            Outputs = [.. quote.Job.Stage.Tasklets.Select(tasklet => new JobOutput(tasklet.Item, tasklet.OutputName))],
            Picture = file.Spec.Output.Picture is { } picture ? new JobPicture(picture.File, picture.Columns, retry?.OutputNames) : null,
            JobFile = file.FullPath,
            Retry = retry is null ? null : new JobRetry(retry.Of, retry.Retried),
            IsCopy = retry is { IsCopy: true },
        };
    }

    private JobRecord Same(JobRecord job) =>
        job.ChainId == Connection.Deployment.ChainId && job.Market == Connection.Deployment.Market
            ? job
            : throw new MarketException(
                "E1015", ExitCode.Usage, $"Job {job.Id} was posted on chain {job.ChainId} to {job.Market}, and profile '{Profile.Name}' is another market.", $"--profile {job.Profile}");

    private ComputeMarketAccount Sign() => Connection.As(_sender ?? throw NoWallet());

    private EthereumKey RequireKey() => _key ?? throw NoWallet();

    private static MarketException NoWallet() =>
        new("E1101", ExitCode.Wallet, "This needs a wallet to sign with, and none is selected.", "market wallet new, or --wallet <name>");
}
