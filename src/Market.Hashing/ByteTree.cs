using System.Numerics;

namespace Market.Hashing;

/// <summary>
/// The binary Keccak-256 tree that names every blob and opens every part of it.
/// Bytes are cut into 128-byte leaves, the last padded with zeros; a leaf hashes as keccak(128 bytes), an inner node
/// as keccak(left ‖ right). The tree has the least depth whose 2^depth leaves hold the bytes (at least one leaf);
/// missing leaves are all zero. The length is no part of the root: a blob's name carries both.
/// </summary>
public static class ByteTree
{
    /// <summary>Bytes in a leaf. 128, because one Keccak permutation absorbs 136.</summary>
    public const int LeafSize = 128;

    /// <summary>Deepest tree: 2^40 leaves, 128 TiB.</summary>
    public const int MaxDepth = 40;

    // Levels that are hashed in one go, side by side: 64 KiB.
    private const int BatchDepth = 9;

    private static readonly Hash256[] ZeroRoots = MakeZeroRoots();

    /// <summary>Root of an all-zero tree of <paramref name="depth"/> levels above its leaves.</summary>
    public static Hash256 ZeroRoot(int depth) => ZeroRoots[depth];

    /// <summary>Leaves that <paramref name="length"/> bytes fill, at least one.</summary>
    public static long LeafCount(long length) => Math.Max(1, (length + LeafSize - 1) / LeafSize);

    /// <summary>Levels above the leaves in the tree of a blob of <paramref name="length"/> bytes.</summary>
    public static int Depth(long length) => BitOperations.Log2((ulong)(LeafCount(length) - 1) << 1 | 1);

    /// <summary>Root of the tree over <paramref name="content"/>.</summary>
    public static Hash256 Root(ReadOnlySpan<byte> content) => Root(content, Depth(content.Length));

    /// <summary>Root of a tree of <paramref name="depth"/> levels whose first leaves hold <paramref name="content"/>.</summary>
    /// <exception cref="ArgumentException">The content does not fit.</exception>
    public static Hash256 Root(ReadOnlySpan<byte> content, int depth)
    {
        if (content.IsEmpty) return ZeroRoots[depth];
        if (depth <= BatchDepth && content.Length <= LeafSize << depth) return SmallRoot(content, depth);
        var half = (long)LeafSize << (depth - 1);
        if (content.Length <= half) return Keccak256.Hash(Root(content, depth - 1), ZeroRoots[depth - 1]);
        return Keccak256.Hash(Root(content[..(int)half], depth - 1), Root(content[(int)half..], depth - 1));
    }

    /// <summary>A tree of few levels, level by level, so that its hashes are computed side by side.</summary>
    private static Hash256 SmallRoot(ReadOnlySpan<byte> content, int depth)
    {
        var count = (content.Length + LeafSize - 1) / LeafSize;
        Span<byte> nodes = stackalloc byte[(Hash256.Size << BatchDepth) + Hash256.Size];
        var whole = content.Length / LeafSize;
        KeccakBatch.Hash(content[..(whole * LeafSize)], LeafSize, nodes);
        if (whole < count) HashLeaf(content[(whole * LeafSize)..]).CopyTo(nodes[(whole * Hash256.Size)..]);
        for (var level = 0; level < depth; level++)
        {
            if (count % 2 != 0)
            {
                ZeroRoots[level].CopyTo(nodes[(count * Hash256.Size)..]);
                count++;
            }

            KeccakBatch.Hash(nodes[..(count * Hash256.Size)], 2 * Hash256.Size, nodes);
            count /= 2;
        }

        return new Hash256(nodes[..Hash256.Size]);
    }

    /// <summary>Hash of one leaf, padded with zeros to <see cref="LeafSize"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="content"/> is longer than a leaf.</exception>
    public static Hash256 HashLeaf(ReadOnlySpan<byte> content)
    {
        if (content.Length == LeafSize) return Keccak256.Hash(content);
        Span<byte> leaf = stackalloc byte[LeafSize];
        leaf.Clear();
        content.CopyTo(leaf);
        return Keccak256.Hash(leaf);
    }

    /// <summary>
    /// Siblings that open the subtree of <paramref name="level"/> levels that starts at leaf <c>index &lt;&lt; level</c>
    /// of <paramref name="content"/>, nearest first. Level 0 opens a single leaf.
    /// </summary>
    public static IReadOnlyList<Hash256> Siblings(ReadOnlySpan<byte> content, long index, int level = 0)
    {
        var depth = Depth(content.Length);
        var siblings = new Hash256[depth - level];
        for (var l = level; l < depth; l++)
        {
            var sibling = (index >> (l - level)) ^ 1;
            var start = sibling * ((long)LeafSize << l);
            var length = Math.Clamp(content.Length - start, 0, (long)LeafSize << l);
            siblings[l - level] = length == 0 ? ZeroRoots[l] : Root(content.Slice((int)start, (int)length), l);
        }

        return siblings;
    }

    /// <summary>Climbs from a subtree's root at position <paramref name="index"/> of its level to the tree's root.</summary>
    public static Hash256 Climb(Hash256 subtree, long index, IReadOnlyList<Hash256> siblings)
    {
        var node = subtree;
        foreach (var sibling in siblings)
        {
            node = (index & 1) == 0 ? Keccak256.Hash(node, sibling) : Keccak256.Hash(sibling, node);
            index >>= 1;
        }

        return node;
    }

    private static Hash256[] MakeZeroRoots()
    {
        var roots = new Hash256[MaxDepth + 1];
        roots[0] = HashLeaf([]);
        for (var i = 1; i < roots.Length; i++) roots[i] = Keccak256.Hash(roots[i - 1], roots[i - 1]);
        return roots;
    }
}
