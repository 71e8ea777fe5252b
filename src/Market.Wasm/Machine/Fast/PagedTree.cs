using Market.Hashing;

namespace Market.Wasm.Machine.Fast;

/// <summary>
/// The tree over a region of which only pages of 4 KiB are followed: keeps a root per page and the nodes above, and hashes
/// inside a page only when the page has changed or a path into it is asked for.
/// </summary>
internal sealed class PagedTree
{
    /// <summary>Base-two logarithm of a page's bytes.</summary>
    public const int PageBits = 12;

    /// <summary>Bytes of a page: 32 leaves.</summary>
    public const int PageSize = 1 << PageBits;

    private const int PageLevels = 5;

    private readonly SparseByteTree _pages;
    private readonly int _depth;

    public PagedTree(int depth)
    {
        _depth = depth;
        _pages = new SparseByteTree(Math.Max(depth - PageLevels, 0), Math.Min(depth, PageLevels));
    }

    public Hash256 Root => _pages.Root;

    /// <summary>Takes a page's bytes anew.</summary>
    public void Set(int page, ReadOnlySpan<byte> bytes) => _pages.Set(page, ByteTree.Root(bytes[..(ByteTree.LeafSize << Math.Min(_depth, PageLevels))]));

    /// <summary>The hashes that lead from a leaf to the root, given the bytes of its page.</summary>
    public Hash256[] Siblings(uint leaf, ReadOnlySpan<byte> page)
    {
        var inside = ByteTree.Siblings(page[..(ByteTree.LeafSize << Math.Min(_depth, PageLevels))], leaf % (PageSize / ByteTree.LeafSize));
        return _depth <= PageLevels ? [.. inside] : [.. inside, .. _pages.Siblings((int)(leaf >> PageLevels))];
    }
}
