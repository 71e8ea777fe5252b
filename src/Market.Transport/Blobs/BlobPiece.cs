using Market.Blobs;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>Consecutive chunks of a blob that are to be fetched.</summary>
/// <param name="Writer">Where they go.</param>
/// <param name="First">The first chunk.</param>
/// <param name="Count">How many.</param>
internal sealed record BlobPiece(PartialBlob Writer, long First, long Count)
{
    /// <summary>Bytes in it.</summary>
    public long Length => Math.Min(Writer.Name.Length - (First * ChunkTree.ChunkSize), Count * ChunkTree.ChunkSize);

    /// <summary>Everything that a writer still misses.</summary>
    public static IEnumerable<BlobPiece> MissingOf(PartialBlob writer) => MissingIn(writer, 0, ChunkTree.Count(writer.Name.Length));

    /// <summary>What of this piece is still missing.</summary>
    public IEnumerable<BlobPiece> Missing() => MissingIn(Writer, First, First + Count);

    /// <summary>As it is asked for.</summary>
    public Wire.BlobRange ToWire() => new()
    {
        Blob = Writer.Name.ToWire(),
        ResumeOffset = (ulong)(First * ChunkTree.ChunkSize),
        Length = (ulong)Length,
    };

    private static IEnumerable<BlobPiece> MissingIn(PartialBlob writer, long first, long end)
    {
        for (var at = writer.FirstMissing(first); at < end;)
        {
            var held = Math.Min(end, writer.FirstHeld(at));
            yield return new BlobPiece(writer, at, held - at);
            at = writer.FirstMissing(held);
        }
    }
}
