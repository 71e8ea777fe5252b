using Google.Protobuf;
using Market.Hashing;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Transport.Blobs;

/// <summary>Values as they travel.</summary>
internal static class WireNames
{
    /// <summary>Most blobs that one call may name.</summary>
    public const int MaxNames = 1024;

    public static Wire.BlobName ToWire(this BlobName name) =>
        new() { Root = UnsafeByteOperations.UnsafeWrap(name.Root.ToArray()), Length = (ulong)name.Length };

    public static bool TryRead(Wire.BlobName? wire, out BlobName name)
    {
        name = default;
        if (wire is null || wire.Root.Length != Hash256.Size || wire.Length > long.MaxValue) return false;
        if (wire.Length > (ulong)ByteTree.LeafSize << ByteTree.MaxDepth) return false;
        name = new BlobName(new Hash256(wire.Root.Span), (long)wire.Length);
        return true;
    }

    public static Wire.BlobChunk ToWire(ReadOnlyMemory<byte> data, IReadOnlyList<Hash256> siblings)
    {
        var proof = new byte[Hash256.Size * siblings.Count];
        for (var i = 0; i < siblings.Count; i++) siblings[i].CopyTo(proof.AsSpan(Hash256.Size * i));
        return new Wire.BlobChunk { Data = UnsafeByteOperations.UnsafeWrap(data), Siblings = UnsafeByteOperations.UnsafeWrap(proof) };
    }

    public static bool TryReadSiblings(ByteString bytes, out Hash256[] siblings)
    {
        siblings = [];
        if (bytes.Length % Hash256.Size != 0 || bytes.Length > Hash256.Size * ByteTree.MaxDepth) return false;
        siblings = new Hash256[bytes.Length / Hash256.Size];
        for (var i = 0; i < siblings.Length; i++) siblings[i] = new Hash256(bytes.Span.Slice(Hash256.Size * i, Hash256.Size));
        return true;
    }
}
