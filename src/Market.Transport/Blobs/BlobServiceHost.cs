using Grpc.Core;
using Market.Blobs;
using Market.Hashing;
using Market.Transport.Serving;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>Serves the store of blobs to peers.</summary>
internal sealed class BlobServiceHost(
    BlobStore store, LocalDevice device, CallerBook callers, TransportOptions options, TimeProvider time)
    : Wire.BlobService.BlobServiceBase
{
    public override Task<Wire.StatBlobsResponse> StatBlobs(Wire.StatBlobsRequest request, ServerCallContext context)
    {
        if (request.Blobs.Count > WireNames.MaxNames) throw Refusal.Malformed.ToException();
        var response = new Wire.StatBlobsResponse();
        foreach (var wire in request.Blobs)
        {
            if (!WireNames.TryRead(wire, out var name)) throw Refusal.Malformed.ToException();
            var keptUntil = store.KeptUntil(name);
            response.Statuses.Add(new Wire.BlobStatus
            {
                Held = keptUntil is not null,
                KeptUntil = (ulong)(keptUntil?.ToUnixTimeSeconds() ?? 0),
                ResumeOffset = keptUntil is null ? (ulong)store.ResumeOffset(name) : 0,
            });
        }

        return Task.FromResult(response);
    }

    public override async Task GetBlobs(
        Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context)
    {
        if (request.Blobs.Count > WireNames.MaxNames) throw Refusal.Malformed.ToException();
        var pieces = new List<(BlobName Name, long First, long End)>();
        foreach (var range in request.Blobs) pieces.Add(PieceOf(range) ?? throw Refusal.Malformed.ToException());

        var buffer = new byte[ChunkTree.ChunkSize];
        foreach (var (name, first, end) in pieces)
        {
            using var reader = store.OpenRead(name);
            if (reader is null)
            {
                await WriteAsync(new Wire.GetBlobsResponse { Missing = new Wire.BlobMissing() });
                continue;
            }

            for (var i = first; i < end; i++)
            {
                var length = await reader.ReadForPeerAsync(i, buffer, context.CancellationToken);
                await WriteAsync(new Wire.GetBlobsResponse { Chunk = WireNames.ToWire(buffer.AsMemory(0, length), reader.Siblings(i)) });
            }
        }

        // The message is serialised before the write waits for the client's window, so the buffer may be used again.
        async Task WriteAsync(Wire.GetBlobsResponse message)
        {
            try
            {
                await responseStream.WriteAsync(message).WaitAsync(options.MaxStall, time, context.CancellationToken);
            }
            catch (TimeoutException)
            {
                throw Refusal.Stalled.ToException();
            }
        }
    }

    public override async Task<Wire.PutBlobsResponse> PutBlobs(
        IAsyncStreamReader<Wire.PutBlobsRequest> requestStream, ServerCallContext context)
    {
        using var upload = new BlobUpload(store, device, callers, options, time, CallGate.CallerOf(context));
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken).WaitAsync(options.MaxStall, time, context.CancellationToken))
            {
                var refusal = await upload.TakeAsync(requestStream.Current, context.CancellationToken);
                if (refusal is { } reason) throw reason.ToException();
            }
        }
        catch (TimeoutException)
        {
            throw Refusal.Stalled.ToException();
        }

        if (!upload.TryFinish(out var receipt)) throw Refusal.Malformed.ToException();
        return new Wire.PutBlobsResponse
        {
            Device = receipt.Device.Value,
            KeptUntil = receipt.KeptUntil.Seconds,
            Signature = Google.Protobuf.ByteString.CopyFrom(receipt.Signature.ToArray()),
        };
    }

    /// <summary>The chunks of a piece, from the first up to, not including, the end; null if it is malformed.</summary>
    private static (BlobName Name, long First, long End)? PieceOf(Wire.BlobRange range)
    {
        if (!WireNames.TryRead(range.Blob, out var name) || range.ResumeOffset % ChunkTree.ChunkSize != 0) return null;
        var first = (long)(range.ResumeOffset / ChunkTree.ChunkSize);
        var count = ChunkTree.Count(name.Length);
        if (first >= count) return null;
        if (range.Length == 0) return (name, first, count);
        if (range.Length > (ulong)name.Length - range.ResumeOffset) return null;
        if (range.Length % ChunkTree.ChunkSize != 0 && range.ResumeOffset + range.Length != (ulong)name.Length) return null;
        return (name, first, first + ChunkTree.Count((long)range.Length));
    }
}
