using System.Security.Cryptography;
using Market.Blobs;
using Market.Chain;
using Market.Chain.Following;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client.Disputes;

/// <summary>
/// A challenger without a device: follows the chain, looks at what devices commit to, plays. Everything it needs beside the
/// chain is in one folder of the user's, so it can be stopped at any time and started again.
/// </summary>
public sealed class DisputeDesk : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly FollowerOptions _options = new();
    private readonly MarketConnection _connection;
    private readonly TransactionSender _sender;
    private readonly DisputeFile _journal;
    private readonly PeerConnections _peers;
    private readonly WasmRuntime _runtime;
    private readonly AccountShelf _accounts;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private readonly EventFollower _follower;
    private readonly MarketProjection _projection = new();
    private readonly Action<DisputeNews> _news;
    private readonly TimeProvider _time;

    /// <summary>Opens the desk's folder and connects its parts; nothing is sent yet.</summary>
    /// <param name="connection">The market.</param>
    /// <param name="key">Plays and pays.</param>
    /// <param name="home">Where the folder is.</param>
    /// <param name="options">How much it looks at; null only plays games that are open.</param>
    /// <param name="news">Told of what happens.</param>
    /// <param name="time">The clock.</param>
    /// <param name="accounts">What it plays with; null: the true account of each run.</param>
    /// <exception cref="MarketException">E2501: the market has no judge. E2502: another process holds the folder.</exception>
    public DisputeDesk(MarketConnection connection, EthereumKey key, MarketHome home, ChallengerOptions? options, Action<DisputeNews> news, TimeProvider time, RunAccounts? accounts = null)
    {
        var address = connection.Deployment.Dispute ?? throw new MarketException("E2501", ExitCode.Usage, "This market has no judge, so nothing can be disputed.", "market profile show");
        (_connection, _news, _time) = (connection, news, time);
        var folder = Path.Combine(home.Root, "disputes", $"{connection.Deployment.ChainId}-{key.Address}");
        MarketHome.CreatePrivate(home.Root);
        MarketHome.CreatePrivate(folder);
        try
        {
            _journal = new DisputeFile(Path.Combine(folder, "journal.jsonl"));
        }
        catch (IOException e)
        {
            throw new MarketException("E2502", ExitCode.Usage, $"Another challenger of this account runs: {e.Message}", "let it play, or stop it first", e);
        }

        _sender = connection.Sender(key);
        _peers = new PeerConnections(new SigningDomain(connection.Deployment.ChainId, connection.Deployment.Market), key, time, _random);
        _runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(folder, "sandbox"), Lanes = 1 }, time);
        var blobs = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder, "blobs"), QuotaBytes = 4L << 30 }, time);
        var evidence = new EvidenceStore(blobs, new BlobFetcher(_peers), Peers, time);
        var inputs = new InputLocator(evidence);
        var locator = new RunLocator(evidence, inputs);
        _accounts = new AccountShelf(accounts ?? (run => run.Account()));
        Judge = new JudgeAccount(connection.Client, address, connection.Token, _sender);
        Player = new GamePlayer(_sender, Judge, () => _projection.State, locator, _accounts, _journal, news, time);
        var account = connection.As(_sender);
        Check = new LeaseCheck(evidence, _runtime, locator, options ?? new ChallengerOptions(), _random);
        Accuser = new Accuser(inputs, locator, _accounts, Judge);
        if (options is not null) Challenger = new Challenger(account, Judge, () => _projection.State, Check, Accuser, new PieceCollector(Judge, new RequestBook(connection.Client, address, connection.Deployment.Block), evidence, inputs, options, news), _journal, options, _random, news);
        _follower = connection.Follow(_options);
    }

    /// <summary>What the chain says.</summary>
    public MarketState State => _projection.State;

    /// <summary>The judge as this account may call it.</summary>
    public JudgeAccount Judge { get; }

    /// <summary>Plays this account's games.</summary>
    public GamePlayer Player { get; }

    /// <summary>Looks at what others commit to; null if it is not to.</summary>
    public Challenger? Challenger { get; }

    /// <summary>Looks at one lease.</summary>
    public LeaseCheck Check { get; }

    /// <summary>Opens games.</summary>
    public Accuser Accuser { get; }

    /// <summary>What it remembers.</summary>
    public IDisputeJournal Journal => _journal;

    /// <summary>Reads up to the newest block; true if anything is new.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancel)
    {
        var updates = await _follower.PollAsync(cancel);
        foreach (var update in updates) _projection.Apply(update);
        return updates.Length > 0;
    }

    /// <summary>Watches and plays until <paramref name="until"/> says so or it is stopped; an endpoint that does not answer is waited for.</summary>
    public async Task RunAsync(Func<MarketState, bool> until, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                try
                {
                    if (await CatchUpAsync(cancel) || _projection.State.Head is not null)
                    {
                        if (until(_projection.State)) return;
                        Player.Look(cancel);
                        Challenger?.Look(cancel);
                    }

                    await Task.Delay(_options.PollInterval, _time, cancel);
                }
                catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
                {
                    _news(new DisputeNews.Waiting(null, $"the chain cannot be reached: {e.Message}"));
                    await Task.Delay(RetryAfter, _time, cancel);
                }
            }
        }
        finally
        {
            // What is being sent is waited for: stopping must not leave it unclear whether a move was made.
            await Player.IdleAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Challenger is not null) await Challenger.IdleAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _accounts.Dispose();
        _peers.Dispose();
        _sender.Dispose();
        _journal.Dispose();
        _random.Dispose();
    }

    private IEnumerable<Peer> Peers()
    {
        foreach (var device in _projection.State.Devices.Values)
        {
            if (PeerTable.TryMake(device.Id, device.Endpoint, device.TransportKey, device.Operator, out var peer)) yield return peer!;
        }
    }
}
