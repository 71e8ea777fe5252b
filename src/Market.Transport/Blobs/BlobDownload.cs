using Market.Blobs;
using Market.Transport.Peers;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>One GetBlobs call on the receiving side: says after each message whether to go on.</summary>
internal sealed class BlobDownload(IReadOnlyList<BlobPiece> asked)
{
    private readonly List<BlobPiece> _missing = [];
    private int _piece;
    private long _taken;

    /// <summary>Whether every piece asked for was sent or said to be missing.</summary>
    public bool IsComplete => _piece == asked.Count;

    /// <summary>Pieces of blobs that the peer does not hold.</summary>
    public IReadOnlyList<BlobPiece> Missing => _missing;

    /// <summary>A stable word for the outcome that ended the call.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Takes one message; not null if the call should end.</summary>
    public async Task<PeerOutcome?> TakeAsync(Wire.GetBlobsResponse message, CancellationToken cancellationToken)
    {
        if (IsComplete) return End(PeerOutcome.Faulty, "UNASKED");
        var piece = asked[_piece];
        switch (message.EventCase)
        {
            case Wire.GetBlobsResponse.EventOneofCase.Missing when _taken == 0:
                _missing.Add(piece);
                _piece++;
                return null;
            case Wire.GetBlobsResponse.EventOneofCase.Chunk:
                return await AppendAsync(piece, message.Chunk, cancellationToken);
            default:
                return End(PeerOutcome.Faulty, "UNASKED");
        }
    }

    private async Task<PeerOutcome?> AppendAsync(BlobPiece piece, Wire.BlobChunk chunk, CancellationToken cancellationToken)
    {
        if (!WireNames.TryReadSiblings(chunk.Siblings, out var siblings)) return End(PeerOutcome.Faulty, "MALFORMED_PROOF");
        var outcome = await piece.Writer.PutAsync(piece.First + _taken, chunk.Data.Memory, siblings, cancellationToken);
        if (outcome == BlobOutcome.WrongContent) return End(PeerOutcome.Faulty, "WRONG_CONTENT");
        if (outcome is not (BlobOutcome.Accepted or BlobOutcome.Stored)) return End(PeerOutcome.NoRoom, outcome.ToString());
        if (++_taken == piece.Count) (_piece, _taken) = (_piece + 1, 0);
        return null;
    }

    private PeerOutcome End(PeerOutcome outcome, string reason)
    {
        Reason = reason;
        return outcome;
    }
}
