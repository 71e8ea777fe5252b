using System.Numerics;
using System.Security.Cryptography;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Client.Disputes;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Disputes;

/// <summary>
/// Defends what this device committed to, and if its owner wants it to, looks at what others commit to. Games run beside the
/// leases and share nothing with them but the operator's nonce.
/// </summary>
internal sealed partial class DisputeService : ReconcilingService
{
    private readonly GamePlayer? _player;
    private readonly Challenger? _challenger;
    private readonly ILogger<DisputeService> _logger;

    /// <summary>Puts player and challenger together; without a judge on the chain there is neither.</summary>
    public DisputeService(
        MarketAccess market, MarketProjection projection, EvidenceStore evidence, InputLocator inputs, RunLocator locator, AccountShelf accounts, IDisputeJournal journal, Sandbox.IRuntime runtime,
        RandomNumberGenerator random, NodeOptions options, ChainHead head, TimeProvider time, ILogger<DisputeService> logger)
        : base(head, time, logger)
    {
        _logger = logger;
        if (market.Deployment.Dispute is not { } address) return;
        var judge = new JudgeAccount(market.Connection.Client, address, market.Connection.Token, market.Account.Sender);
        _player = new GamePlayer(market.Account.Sender, judge, () => projection.State, locator, accounts, journal, Log, time);
        if (options.Challenging is not { } challenging) return;
        var check = new LeaseCheck(evidence, runtime, locator, challenging, random);
        _challenger = new Challenger(
            market.Account, judge, () => projection.State, check, new Accuser(inputs, locator, accounts, judge),
            new PieceCollector(judge, new RequestBook(market.Connection.Client, address, market.Deployment.Block), evidence, inputs, challenging, Log), journal, challenging, random, Log);
    }

    /// <inheritdoc/>
    protected override Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        _player?.Look(cancel);
        _challenger?.Look(cancel);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_player is not null) await _player.IdleAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_challenger is not null) await _challenger.IdleAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Name(BigInteger? game) => game is { } id ? GameNames.Of(id) : "";

    private void Log(DisputeNews news)
    {
        switch (news)
        {
            case DisputeNews.Checked n: LogChecked(n.Lease.Key.ToString(), n.Note.Outcome, n.Note.Detail); break;
            case DisputeNews.Differs n: LogDiffers(n.Lease.Key.ToString(), n.Tasklet, n.Committed?.ToString() ?? "no result at all", n.Found?.ToString() ?? ""); break;
            case DisputeNews.Opened n: LogOpened(n.Lease.ToString(), n.Tasklet, n.Receipt.BlockNumber, n.Receipt.GasUsed); break;
            case DisputeNews.Requested n: LogRequested(n.Lease.ToString(), n.What.Piece, n.What.Index, n.Kind, n.Receipt.BlockNumber); break;
            case DisputeNews.Moved n: LogMoved(GameNames.Of(n.Game.Id), n.Kind, n.Position.Start, n.Position.Length, n.Receipt.BlockNumber, n.Receipt.GasUsed); break;
            case DisputeNews.Collected n: LogCollected(n.Amount.ToString(), n.Receipt.BlockNumber); break;
            case DisputeNews.Refused n: LogRefused(Name(n.Game), n.Kind, n.Reason); break;
            case DisputeNews.Waiting n: LogWaiting(Name(n.Game), n.Reason); break;
            case DisputeNews.Failed n: LogFailed(n.Exception, Name(n.Game)); break;
        }
    }

    [LoggerMessage(4801, LogLevel.Information, "Lease {Lease} was looked at: {Outcome}, {Detail}")]
    private partial void LogChecked(string lease, CheckOutcome outcome, string detail);

    [LoggerMessage(4802, LogLevel.Warning, "Lease {Lease}, tasklet {Tasklet}: committed {Committed}, found {Found}")]
    private partial void LogDiffers(string lease, uint tasklet, string committed, string found);

    [LoggerMessage(4803, LogLevel.Information, "Lease {Lease}, tasklet {Tasklet}: a game is open since block {Block}, {Gas} gas")]
    private partial void LogOpened(string lease, uint tasklet, ulong block, ulong gas);

    [LoggerMessage(4804, LogLevel.Information, "Lease {Lease}, {Piece} of tasklet {Tasklet}: {Call} in block {Block}")]
    private partial void LogRequested(string lease, PieceCode piece, uint tasklet, string call, ulong block);

    [LoggerMessage(4805, LogLevel.Information, "Game {Game}: {Move} about {Length} steps from {Start} in block {Block}, {Gas} gas")]
    private partial void LogMoved(string game, string move, long start, long length, ulong block, ulong gas);

    [LoggerMessage(4806, LogLevel.Information, "The judge paid {Amount} base units in block {Block}")]
    private partial void LogCollected(string amount, ulong block);

    [LoggerMessage(4807, LogLevel.Warning, "Game {Game}: {Call} did not take effect; looking at the chain again: {Reason}")]
    private partial void LogRefused(string game, string call, string reason);

    [LoggerMessage(4808, LogLevel.Warning, "Game {Game} waits: {Reason}")]
    private partial void LogWaiting(string game, string reason);

    [LoggerMessage(4809, LogLevel.Error, "Game {Game}: a look failed; trying again at the next block")]
    private partial void LogFailed(Exception exception, string game);
}
