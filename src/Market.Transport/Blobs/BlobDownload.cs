using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>One GetBlobs call on the receiving side: says after each message whether to go on.</summary>
internal sealed class BlobDownload(BlobStore into, IEnumerable<(BlobName Name, long Offset)> asked) : IDisposable
{
    private readonly Queue<(BlobName Name, long Offset)> _asked = new(asked);
    private PartialBlob? _writer;

    // Somebody else is writing the blob, or has written it meanwhile: its chunks are passed over.
    private long _passing;

    /// <summary>Whether every blob asked for was sent or said to be missing.</summary>
    public bool IsComplete => _asked.Count == 0 && _writer is null && _passing == 0;

    /// <summary>A stable word for the outcome that ended the call.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Takes one message; not null if the call should end.</summary>
    public async Task<PeerOutcome?> TakeAsync(Wire.GetBlobsResponse message, CancellationToken cancellationToken)
    {
        switch (message.EventCase)
        {
            case Wire.GetBlobsResponse.EventOneofCase.Missing when _writer is null && _passing == 0 && _asked.Count > 0:
                _asked.Dequeue();
                return null;
            case Wire.GetBlobsResponse.EventOneofCase.Chunk:
                return await AppendAsync(message.Chunk, cancellationToken);
            default:
                return End(PeerOutcome.Faulty, "UNASKED");
        }
    }

    public void Dispose() => _writer?.Dispose();

    private async Task<PeerOutcome?> AppendAsync(Wire.BlobChunk chunk, CancellationToken cancellationToken)
    {
        if (_passing > 0)
        {
            _passing--;
            return null;
        }

        if (_writer is null)
        {
            if (!_asked.TryDequeue(out var next)) return End(PeerOutcome.Faulty, "UNASKED");
            var (begun, writer) = await into.WriteAsync(next.Name, cancellationToken);
            if (begun is BlobOutcome.Busy or BlobOutcome.Stored || (writer is not null && writer.Offset != next.Offset))
            {
                writer?.Dispose();
                _passing = ChunkTree.Count(next.Name.Length) - (next.Offset / ChunkTree.ChunkSize) - 1;
                return null;
            }

            if (writer is null) return End(PeerOutcome.NoRoom, begun.ToString());
            _writer = writer;
        }

        if (!WireNames.TryReadSiblings(chunk.Siblings, out var siblings)) return End(PeerOutcome.Faulty, "MALFORMED_PROOF");
        var outcome = await _writer.AppendAsync(chunk.Data.Memory, siblings, cancellationToken);
        if (outcome == BlobOutcome.Stored) _writer = null;
        return outcome switch
        {
            BlobOutcome.Accepted or BlobOutcome.Stored => null,
            BlobOutcome.WrongContent => End(PeerOutcome.Faulty, "WRONG_CONTENT"),
            _ => End(PeerOutcome.NoRoom, outcome.ToString()),
        };
    }

    private PeerOutcome End(PeerOutcome outcome, string reason)
    {
        Reason = reason;
        return outcome;
    }
}
