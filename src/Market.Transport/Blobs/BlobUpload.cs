using System.Diagnostics.CodeAnalysis;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>One PutBlobs call: announced blobs and their chunks, in turn, until all are held.</summary>
internal sealed class BlobUpload(
    BlobStore store, LocalDevice device, CallerBook callers, TransportOptions options, TimeProvider time, Address caller)
    : IDisposable
{
    private readonly List<BlobName> _blobs = [];
    private UnixTime _keptUntil = new(ulong.MaxValue);
    private PartialBlob? _writer;
    private UnixTime _until;

    // The current blob turned out to be held already: a sender that did not know is let finish it, and nothing is written.
    private long _surplusChunks;
    private long _next;

    /// <summary>Takes one message; not null if the call must end.</summary>
    public async Task<Refusal?> TakeAsync(Wire.PutBlobsRequest message, CancellationToken cancellationToken) => message.EventCase switch
    {
        Wire.PutBlobsRequest.EventOneofCase.Blob => await BeginAsync(message.Blob, cancellationToken),
        Wire.PutBlobsRequest.EventOneofCase.Chunk => await AppendAsync(message.Chunk, cancellationToken),
        _ => Refusal.Malformed,
    };

    /// <summary>The promise for all blobs; false if there were none or the last one is not whole.</summary>
    public bool TryFinish([NotNullWhen(true)] out HoldingReceipt? receipt)
    {
        receipt = null;
        if (_blobs.Count == 0 || _writer is not null) return false;
        receipt = HoldingReceipt.Sign(device.Domain, device.Key, _blobs, device.Device, _keptUntil);
        return true;
    }

    public void Dispose() => _writer?.Dispose();

    private async Task<Refusal?> BeginAsync(Wire.PutBlob message, CancellationToken cancellationToken)
    {
        if (_writer is not null || _blobs.Count == WireNames.MaxNames) return Refusal.Malformed;
        if (!WireNames.TryRead(message.Blob, out var name) || message.KeepSeconds == 0) return Refusal.Malformed;

        var keep = Math.Min(message.KeepSeconds, (ulong)options.MaxKeep.TotalSeconds);
        _until = UnixTime.From(time.GetUtcNow()).Plus(keep);
        if (!callers.TryKeep(caller, name, _until)) return Refusal.QuotaExceeded;

        var (outcome, writer) = await store.WriteAsync(name, cancellationToken);
        if (outcome == BlobOutcome.Accepted && writer!.Offset != (long)message.ResumeOffset)
        {
            writer.Dispose();
            return Refusal.WrongOffset;
        }

        _blobs.Add(name);
        _writer = writer;
        _next = (long)message.ResumeOffset / ChunkTree.ChunkSize;
        _surplusChunks = outcome == BlobOutcome.Stored ? ChunkTree.Count(name.Length) : 0;
        return outcome == BlobOutcome.Stored ? Hold(name) : RefusalOf(outcome);
    }

    private async Task<Refusal?> AppendAsync(Wire.BlobChunk chunk, CancellationToken cancellationToken)
    {
        if (_writer is null) return _surplusChunks-- > 0 ? null : Refusal.Malformed;
        if (!WireNames.TryReadSiblings(chunk.Siblings, out var siblings)) return Refusal.Malformed;
        var outcome = await _writer.PutAsync(_next++, chunk.Data.Memory, siblings, cancellationToken);
        if (outcome != BlobOutcome.Stored) return RefusalOf(outcome);

        // What came from elsewhere before may lie behind the last gap; the sender, who does not know, is let finish.
        _surplusChunks = ChunkTree.Count(_writer.Name.Length) - _next;
        _writer = null;
        return Hold(_blobs[^1]);
    }

    private Refusal? Hold(BlobName name)
    {
        // Gone already: a full store dropped it between these two calls, because its time was over.
        if (!store.Keep(name, _until.ToDateTimeOffset())) return Refusal.WrongOffset;
        if (_until < _keptUntil) _keptUntil = _until;
        return null;
    }

    private static Refusal? RefusalOf(BlobOutcome outcome) => outcome switch
    {
        BlobOutcome.Accepted => null,
        BlobOutcome.WrongContent => Refusal.WrongContent,
        BlobOutcome.TooLarge => Refusal.TooLarge,
        BlobOutcome.QuotaExceeded or BlobOutcome.DiskFull => Refusal.QuotaExceeded,
        BlobOutcome.Busy => Refusal.WrongOffset,
        _ => Refusal.Internal,
    };
}
