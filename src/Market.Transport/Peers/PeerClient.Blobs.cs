using Grpc.Core;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Blobs;
using Market.Transport.Tokens;
using BlobWire = Market.Transport.Blobs.V1;

namespace Market.Transport.Peers;

/// <summary>Whether a peer holds a blob.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="Held">Whether all of it is held.</param>
/// <param name="KeptUntil">Until when at least, if it is held.</param>
/// <param name="ResumeOffset">Bytes of an interrupted upload that need not be sent again.</param>
public sealed record BlobHolding(BlobName Blob, bool Held, UnixTime KeptUntil, long ResumeOffset);

public sealed partial class PeerClient
{
    private const int BlobsPerCall = 128;
    private const long BytesPerCall = 256L << 20;
    private const int Attempts = 4;
    private static readonly string BlobService = BlobWire.BlobService.Descriptor.FullName;

    /// <summary>Asks which of the blobs, at most 1,024, the peer holds; answers come in order.</summary>
    public async Task<PeerReply<IReadOnlyList<BlobHolding>>> StatAsync(IReadOnlyList<BlobName> blobs, CancellationToken cancellationToken)
    {
        var request = new BlobWire.StatBlobsRequest();
        request.Blobs.AddRange(blobs.Select(b => b.ToWire()));
        var reply = await CallAsync(
            BlobService, nameof(_blobs.StatBlobs), ShortCall, options => _blobs.StatBlobsAsync(request, options), cancellationToken);
        if (!reply.IsOk) return reply.As<IReadOnlyList<BlobHolding>>();
        if (reply.Value.Statuses.Count != blobs.Count) return PeerFaults.Faulty<IReadOnlyList<BlobHolding>>("MALFORMED_ANSWER");
        return new PeerReply<IReadOnlyList<BlobHolding>>(
            PeerOutcome.Ok,
            [.. reply.Value.Statuses.Select((s, i) => new BlobHolding(
                blobs[i], s.Held, new UnixTime(s.KeptUntil), (long)Math.Min(s.ResumeOffset, long.MaxValue)))],
            "");
    }

    /// <summary>
    /// Brings blobs from the store to the peer, sending only what it lacks and going on where earlier uploads stopped.
    /// The receipts, checked against its operator, cover all of them.
    /// </summary>
    /// <exception cref="ArgumentException">The store does not hold one of them.</exception>
    public async Task<PeerReply<IReadOnlyList<HoldingReceipt>>> PutAsync(
        BlobStore from, IReadOnlyList<BlobName> blobs, TimeSpan keepFor, CancellationToken cancellationToken)
    {
        var receipts = new List<HoldingReceipt>();
        foreach (var batch in Batches(blobs.Distinct()))
        {
            var reply = default(PeerReply<HoldingReceipt>);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var stat = await StatAsync(batch, cancellationToken);
                if (!stat.IsOk) return stat.As<IReadOnlyList<HoldingReceipt>>();
                reply = await PutBatchAsync(from, stat.Value, keepFor, cancellationToken);

                // Somebody else brings one of the blobs at the same time: what is held or begun has changed.
                if (reply.Reason != Serving.Refusals.Name(Serving.Refusal.WrongOffset)) break;
            }

            if (!reply.IsOk) return reply.As<IReadOnlyList<HoldingReceipt>>();
            receipts.Add(reply.Value);
        }

        return new PeerReply<IReadOnlyList<HoldingReceipt>>(PeerOutcome.Ok, receipts, "");
    }

    /// <summary>
    /// Fetches blobs into the store, each chunk verified before it is kept. The value is the blobs that are still
    /// missing: the peer does not hold them, or somebody else is fetching them. What was proven stays for the next
    /// attempt, here or at another peer.
    /// </summary>
    public async Task<PeerReply<IReadOnlyList<BlobName>>> GetAsync(
        IReadOnlyList<BlobName> blobs, BlobStore into, CancellationToken cancellationToken)
    {
        foreach (var batch in Batches(blobs.Distinct().Where(b => !into.Holds(b))))
        {
            var pieces = new List<BlobPiece>();
            try
            {
                foreach (var blob in batch)
                {
                    var (outcome, writer) = await into.WriteAsync(blob, cancellationToken);
                    if (writer is not null) pieces.AddRange(BlobPiece.MissingOf(writer));
                    else if (outcome is not (BlobOutcome.Busy or BlobOutcome.Stored)) return new PeerReply<IReadOnlyList<BlobName>>(PeerOutcome.NoRoom, null, outcome.ToString());
                }

                if (pieces.Count == 0) continue;
                var reply = await GetPiecesAsync(pieces, cancellationToken);
                if (reply.Outcome != PeerOutcome.Ok) return new PeerReply<IReadOnlyList<BlobName>>(reply.Outcome, null, reply.Reason);
            }
            finally
            {
                foreach (var piece in pieces) piece.Writer.Dispose();
            }
        }

        return new PeerReply<IReadOnlyList<BlobName>>(PeerOutcome.Ok, [.. blobs.Where(b => !into.Holds(b))], "");
    }

    /// <summary>
    /// Fetches pieces, each chunk verified before it is kept: what came before a fault is in the writers. The list is of
    /// those whose blobs the peer does not hold.
    /// </summary>
    internal Task<(PeerOutcome Outcome, string Reason, IReadOnlyList<BlobPiece> Missing)> GetPiecesAsync(
        IReadOnlyList<BlobPiece> pieces, CancellationToken cancellationToken) => GetPiecesAsync(pieces, mayLearn: true, cancellationToken);

    private async Task<(PeerOutcome Outcome, string Reason, IReadOnlyList<BlobPiece> Missing)> GetPiecesAsync(
        IReadOnlyList<BlobPiece> pieces, bool mayLearn, CancellationToken cancellationToken)
    {
        var request = new BlobWire.GetBlobsRequest();
        request.Blobs.AddRange(pieces.Select(p => p.ToWire()));
        var download = new BlobDownload(pieces);
        try
        {
            var limit = LimitFor(pieces.Sum(p => p.Count * ChunkTree.ChunkSize));
            using var call = _blobs.GetBlobs(request, Options(BlobService, nameof(_blobs.GetBlobs), limit, cancellationToken));
            while (await call.ResponseStream.MoveNext(cancellationToken).WaitAsync(_connections.Stall, _connections.Time, cancellationToken))
            {
                var refusal = await download.TakeAsync(call.ResponseStream.Current, cancellationToken);
                if (refusal is { } outcome) return (outcome, download.Reason, download.Missing);
            }

            // A stream that ends well before all was said is as good as broken off: what came is kept.
            return download.IsComplete ? (PeerOutcome.Ok, "", download.Missing) : (PeerOutcome.Unavailable, "TRUNCATED", download.Missing);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (mayLearn && LearnsTime(e)) return await GetPiecesAsync(pieces, mayLearn: false, cancellationToken);
            var fault = PeerFaults.Read<string>(e);
            return (fault.Outcome, fault.Reason, download.Missing);
        }
        catch (TimeoutException)
        {
            return (PeerOutcome.TimedOut, "STALLED", download.Missing);
        }
    }

    private static IEnumerable<IReadOnlyList<BlobName>> Batches(IEnumerable<BlobName> blobs)
    {
        var batch = new List<BlobName>();
        var bytes = 0L;
        foreach (var blob in blobs)
        {
            if (batch.Count == BlobsPerCall || (batch.Count > 0 && bytes + blob.Length > BytesPerCall))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(blob);
            bytes += blob.Length;
        }

        if (batch.Count > 0) yield return batch;
    }

    /// <summary>Half a minute and a second for each MiB, at most the ten minutes that nodes allow; longer transfers resume.</summary>
    private static TimeSpan LimitFor(long bytes) => TimeSpan.FromSeconds(Math.Min(590, 30 + (bytes >> 20)));

    private async Task<PeerReply<HoldingReceipt>> PutBatchAsync(
        BlobStore from, IReadOnlyList<BlobHolding> holdings, TimeSpan keepFor, CancellationToken cancellationToken)
    {
        var names = holdings.Select(h => h.Blob).ToList();
        var options = Options(BlobService, nameof(_blobs.PutBlobs), LimitFor(names.Sum(n => n.Length)), cancellationToken);
        try
        {
            using var call = _blobs.PutBlobs(options);
            try
            {
                foreach (var holding in holdings) await SendAsync(call.RequestStream, from, holding, keepFor, cancellationToken);
                await call.RequestStream.CompleteAsync();
            }
            catch (Exception e) when (e is RpcException or InvalidOperationException or IOException or HttpRequestException or OperationCanceledException)
            {
                // The peer ended the call early; its status, read below, says why.
                cancellationToken.ThrowIfCancellationRequested();
            }

            var response = await call.ResponseAsync.WaitAsync(_connections.Stall, _connections.Time, cancellationToken);
            if (response.Device != Peer.Device.Value || !EcdsaSignature.TryParse(response.Signature.Span, out var signature))
            {
                return PeerFaults.Faulty<HoldingReceipt>("MALFORMED_ANSWER");
            }

            var receipt = new HoldingReceipt(names, Peer.Device, new UnixTime(response.KeptUntil), signature);
            return receipt.IsSignedBy(_connections.Domain, Peer.Operator)
                ? new PeerReply<HoldingReceipt>(PeerOutcome.Ok, receipt, "")
                : PeerFaults.Faulty<HoldingReceipt>("WRONG_SIGNATURE");
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return PeerFaults.Read<HoldingReceipt>(e);
        }
        catch (TimeoutException)
        {
            return new PeerReply<HoldingReceipt>(PeerOutcome.TimedOut, null, "STALLED");
        }
    }

    private async Task SendAsync(
        IClientStreamWriter<BlobWire.PutBlobsRequest> stream,
        BlobStore from,
        BlobHolding holding,
        TimeSpan keepFor,
        CancellationToken cancellationToken)
    {
        var resumeAt = holding.Held ? 0 : holding.ResumeOffset;
        await stream.WriteAsync(new BlobWire.PutBlobsRequest
        {
            Blob = new BlobWire.PutBlob
            {
                Blob = holding.Blob.ToWire(),
                ResumeOffset = (ulong)resumeAt,
                KeepSeconds = (uint)Math.Clamp(keepFor.TotalSeconds, 1, uint.MaxValue),
            },
        }, cancellationToken).WaitAsync(_connections.Stall, _connections.Time, cancellationToken);
        if (holding.Held) return;

        using var reader = from.OpenRead(holding.Blob) ?? throw new ArgumentException($"the store does not hold {holding.Blob}", nameof(from));
        var buffer = new byte[Math.Min(ChunkTree.ChunkSize, holding.Blob.Length)];
        for (var i = resumeAt / ChunkTree.ChunkSize; i < reader.ChunkCount; i++)
        {
            var length = await reader.ReadForPeerAsync(i, buffer, cancellationToken);
            var chunk = WireNames.ToWire(buffer.AsMemory(0, length), reader.Siblings(i));
            await stream.WriteAsync(new BlobWire.PutBlobsRequest { Chunk = chunk }, cancellationToken).WaitAsync(_connections.Stall, _connections.Time, cancellationToken);
        }
    }
}
