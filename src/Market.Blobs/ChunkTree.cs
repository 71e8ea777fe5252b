using Market.Hashing;

namespace Market.Blobs;

/// <summary>
/// The upper part of a blob's byte tree: the roots of its 64 KiB chunks and everything above them. From it any chunk is
/// opened with its sibling path at no hashing cost. A blob of 1 GiB has a tree of 1 MiB.
/// </summary>
public sealed class ChunkTree
{
    /// <summary>Levels between the leaves and a chunk: 512 leaves of 128 bytes.</summary>
    public const int Level = 9;

    /// <summary>Bytes in every chunk but the last.</summary>
    public const int ChunkSize = ByteTree.LeafSize << Level;

    private readonly Hash256[][] _levels;

    /// <summary>Builds the tree of a blob of <paramref name="length"/> bytes from its chunks' roots, in order.</summary>
    /// <exception cref="ArgumentException">The number of roots is not <see cref="Count"/> of the length.</exception>
    public ChunkTree(long length, IReadOnlyList<Hash256> roots)
    {
        if (roots.Count != Count(length)) throw new ArgumentException("one root for each chunk", nameof(roots));
        Length = length;
        _levels = new Hash256[Math.Max(0, ByteTree.Depth(length) - Level) + 1][];
        _levels[0] = [.. roots];
        for (var i = 1; i < _levels.Length; i++)
        {
            var below = _levels[i - 1];
            var level = new Hash256[(below.Length + 1) / 2];
            for (var j = 0; j < level.Length; j++)
            {
                var right = (2 * j) + 1 < below.Length ? below[(2 * j) + 1] : ByteTree.ZeroRoot(Level + i - 1);
                level[j] = Keccak256.Hash(below[2 * j], right);
            }

            _levels[i] = level;
        }
    }

    /// <summary>Bytes in the blob.</summary>
    public long Length { get; }

    /// <summary>The name of the blob that these chunks make.</summary>
    public BlobName Name => new(_levels[^1][0], Length);

    /// <summary>Roots of the chunks, in order.</summary>
    public IReadOnlyList<Hash256> Roots => _levels[0];

    /// <summary>Chunks in a blob of <paramref name="length"/> bytes, at least one.</summary>
    public static long Count(long length) => Math.Max(1, (length + ChunkSize - 1) / ChunkSize);

    /// <summary>Bytes in chunk <paramref name="index"/> of a blob of <paramref name="length"/> bytes.</summary>
    public static int LengthOf(long length, long index) => (int)Math.Clamp(length - (index * ChunkSize), 0, ChunkSize);

    /// <summary>Root of the subtree over one chunk of a blob of <paramref name="length"/> bytes.</summary>
    public static Hash256 RootOf(long length, ReadOnlySpan<byte> chunk) =>
        ByteTree.Root(chunk, Math.Min(Level, ByteTree.Depth(length)));

    /// <summary>
    /// Whether <paramref name="chunk"/> is chunk <paramref name="index"/> of the blob <paramref name="name"/>, as
    /// <paramref name="siblings"/> (nearest first) prove. Its root comes back for the tree of the whole blob.
    /// </summary>
    public static bool Proves(
        BlobName name, long index, ReadOnlySpan<byte> chunk, IReadOnlyList<Hash256> siblings, out Hash256 root)
    {
        root = default;
        if (index < 0 || index >= Count(name.Length) || chunk.Length != LengthOf(name.Length, index)) return false;
        if (siblings.Count != Math.Max(0, ByteTree.Depth(name.Length) - Level)) return false;
        root = RootOf(name.Length, chunk);
        return ByteTree.Climb(root, index, siblings) == name.Root;
    }

    /// <summary>Siblings that open chunk <paramref name="index"/>, nearest first.</summary>
    public IReadOnlyList<Hash256> Siblings(long index)
    {
        var siblings = new Hash256[_levels.Length - 1];
        for (var i = 0; i < siblings.Length; i++)
        {
            var sibling = (index >> i) ^ 1;
            siblings[i] = sibling < _levels[i].Length ? _levels[i][sibling] : ByteTree.ZeroRoot(Level + i);
        }

        return siblings;
    }
}
