using System.Numerics;
using Market.Blobs;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Leases;
using Market.Domain.Results;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Storage;

namespace Market.Node.Disputes;

/// <summary>
/// Shows on the chain what is requested of this device's results; a lease whose request nobody answers falls with its bond.
/// Reads the judge's events itself, the newest blocks again at every look, and asks the judge where each request stands, so that
/// neither a restart nor a reorganisation loses one.
/// </summary>
internal sealed partial class RequestService(
    MarketAccess market, MarketProjection projection, Journal journal, BlobStore blobs, ChainHead head, TimeProvider time, ILogger<RequestService> logger)
    : ReconcilingService(head, time, logger)
{
    private const ulong Again = 64;
    private const ulong Range = 10_000;

    private static readonly AbiEventSet Events = new AbiEventSet().Add<PieceRequestedEvent>();

    private readonly Dictionary<BigInteger, PieceRequestedEvent> _requests = [];
    private ulong _from;

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (market.Deployment.Dispute is not { } judge) return;
        await ReadAsync(judge, now.Number, cancel);
        var reader = new ContractReader(market.Connection.Client, judge);
        foreach (var (id, request) in _requests.ToList())
        {
            var state = await reader.ReadAsync<RequestOfFunction, RequestOfResult>(new(id), cancel);
            if (state.Stage != RequestStageCode.Open || now.Time.Seconds > state.Until) _requests.Remove(id);
            else await ShowAsync(judge, request, cancel);
        }
    }

    private async Task ReadAsync(Address judge, ulong head, CancellationToken cancel)
    {
        for (var from = Math.Max(_from, market.Deployment.Block); from <= head; from += Range)
        {
            var to = Math.Min(head, from + Range - 1);
            foreach (var log in await market.Connection.Client.LogsAsync(new LogFilter(from, to, [judge], [.. Events.Topics]), cancel))
            {
                if (Events.TryDecode(log.Topics, log.Data.Memory, out var message) && message is PieceRequestedEvent request) _requests[request.Id] = request;
            }
        }

        _from = head > Again ? head - Again : 0;
    }

    private async Task ShowAsync(Address judge, PieceRequestedEvent request, CancellationToken cancel)
    {
        var key = new LeaseKey(request.LeaseKey);
        if (projection.State.Leases.GetValueOrDefault(key) is not { ResultRoot: { } root } entry || entry.Lease.Device != market.Device) return;
        if (journal.Find(key) is null || projection.State.Offers.GetValueOrDefault(entry.Lease.Offer) is not { } offer) return;
        var what = request.Request;
        var list = await blobs.ReadAsync(ResultList.NameOf(root, entry.Lease.Count), cancel);
        var manifest = await blobs.ReadAsync(offer.Work.ManifestBlob(offer.Terms.Total), cancel);
        if (list is null || manifest is null || !ResultList.TryDecode(list, out var results) || !Manifest.TryDecode(manifest, out var inputs))
        {
            LogUnanswerable(key, what.Piece, what.Index);
            return;
        }

        var blob = PieceShowing.BlobOf(what, offer.Work, inputs!) is { } name ? await blobs.ReadAsync(name, cancel) : [];
        if (blob is null)
        {
            LogUnanswerable(key, what.Piece, what.Index);
            return;
        }

        var outcome = await market.Account.Sender.SendAsync(judge, PieceShowing.Of(offer.Terms, offer.Work, entry.Lease, what, results!, inputs!, blob), cancel);
        if (outcome is SendOutcome.Mined mined) LogShown(key, what.Piece, what.Index, mined.Receipt.BlockNumber, mined.Receipt.GasUsed);
        else LogNotShown(key, what.Piece, what.Index, outcome.Describe());
    }

    [LoggerMessage(4260, LogLevel.Information, "Lease {Lease}: showed {Piece} of tasklet {Tasklet} in block {Block}, {Gas} gas")]
    private partial void LogShown(LeaseKey lease, PieceCode piece, uint tasklet, ulong block, ulong gas);

    [LoggerMessage(4261, LogLevel.Warning, "Lease {Lease}: {Piece} of tasklet {Tasklet} was not shown: {Outcome}; trying again at the next block")]
    private partial void LogNotShown(LeaseKey lease, PieceCode piece, uint tasklet, string outcome);

    [LoggerMessage(4262, LogLevel.Error, "Lease {Lease}: {Piece} of tasklet {Tasklet} is requested and this node holds it no more; the lease falls with its bond")]
    private partial void LogUnanswerable(LeaseKey lease, PieceCode piece, uint tasklet);
}
