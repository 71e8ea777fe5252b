using System.Collections.Immutable;
using System.Numerics;
using Market.Blobs;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Client.Disputes;
using Market.Domain.Leases;
using Market.Domain.Offers;
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
    MarketAccess market, MarketProjection projection, Journal journal, BlobStore blobs, InputLocator inputs, ChainHead head, TimeProvider time, ILogger<RequestService> logger)
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
            if (state.Stage == RequestStageCode.Open && now.Time.Seconds <= state.Until) await ShowAsync(judge, request, cancel);
            else if (state.Stage == RequestStageCode.Answered) await EndAsync(judge, request, now.Time.Seconds > state.Until, cancel);
            else _requests.Remove(id);
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

    /// <summary>Ends an answer's wait for games once nobody can open one any more: until then the lease is not paid.</summary>
    private async Task EndAsync(Address judge, PieceRequestedEvent request, bool due, CancellationToken cancel)
    {
        var entry = projection.State.Leases.GetValueOrDefault(new LeaseKey(request.LeaseKey));
        if (!due || entry?.Lease.Device != market.Device || projection.State.Offers.GetValueOrDefault(entry.Lease.Offer) is not { } offer) return;
        await market.Account.Sender.SendAsync(judge, new CloseRequestFunction(JudgeAccount.TermsOf(offer.Terms), entry.Lease.ToWord(), request.Request), cancel);
    }

    private async Task ShowAsync(Address judge, PieceRequestedEvent request, CancellationToken cancel)
    {
        var key = new LeaseKey(request.LeaseKey);
        if (projection.State.Leases.GetValueOrDefault(key) is not { ResultRoot: { } root } entry || entry.Lease.Device != market.Device) return;
        if (journal.Find(key) is null || projection.State.Offers.GetValueOrDefault(entry.Lease.Offer) is not { } offer) return;
        var what = request.Request;
        if (await PiecesAsync(entry, offer, root, what, cancel) is not var (record, proof, blob))
        {
            LogUnanswerable(key, what.Piece, what.Index);
            return;
        }

        var outcome = await market.Account.Sender.SendAsync(judge, PieceShowing.Of(offer.Terms, offer.Work, entry.Lease, what, record, proof, blob), cancel);
        if (outcome is SendOutcome.Mined mined) LogShown(key, what.Piece, what.Index, mined.Receipt.BlockNumber, mined.Receipt.GasUsed);
        else LogNotShown(key, what.Piece, what.Index, outcome.Describe());
    }

    /// <summary>What answers a request; null if it cannot be had any more.</summary>
    private async Task<(byte[] Record, ImmutableArray<Hash256> Proof, byte[] Blob)?> PiecesAsync(LeaseEntry entry, OfferEntry offer, Hash256 root, RequestTuple what, CancellationToken cancel)
    {
        switch (what.Piece)
        {
            case PieceCode.Record:
                if (await blobs.ReadAsync(ResultList.NameOf(root, entry.Lease.Count), cancel) is not { } list) return null;
                var record = LeaseCheck.RecordOf(list, (int)(what.Index - entry.Lease.First));
                return (record.Bytes, record.Proof, []);
            case PieceCode.Module:
                return await blobs.ReadAsync(offer.Work.ModuleBlob, cancel) is { } module ? ([], [], module) : null;
            case PieceCode.Manifest when offer.Work.Inputs != InputKind.Manifest:
                return ([], [], []);
            case PieceCode.Manifest:
                return await blobs.ReadAsync(offer.Work.ManifestBlob(offer.Terms.Total), cancel) is { } manifest ? ([], [], manifest) : null;
            default:
                var (input, _) = await inputs.FindAsync(projection.State, entry, what.Index, cancel);
                if (input is null) return null;
                return (input.Opening, input.Proof, !input.IsJudged ? [] : what.Piece == PieceCode.Frame ? input.Frame : input.Stdin);
        }
    }

    [LoggerMessage(4260, LogLevel.Information, "Lease {Lease}: showed {Piece} of tasklet {Tasklet} in block {Block}, {Gas} gas")]
    private partial void LogShown(LeaseKey lease, PieceCode piece, uint tasklet, ulong block, ulong gas);

    [LoggerMessage(4261, LogLevel.Warning, "Lease {Lease}: {Piece} of tasklet {Tasklet} was not shown: {Outcome}; trying again at the next block")]
    private partial void LogNotShown(LeaseKey lease, PieceCode piece, uint tasklet, string outcome);

    [LoggerMessage(4262, LogLevel.Error, "Lease {Lease}: {Piece} of tasklet {Tasklet} is requested and this node holds it no more; the lease falls with its bond")]
    private partial void LogUnanswerable(LeaseKey lease, PieceCode piece, uint tasklet);
}
