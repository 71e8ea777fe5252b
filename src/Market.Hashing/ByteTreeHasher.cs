namespace Market.Hashing;

/// <summary>
/// Computes a blob's name while its bytes stream past, in memory proportional to the tree's depth.
/// Can also keep the roots of every subtree of one level, from which a sender opens the chunks of that size.
/// </summary>
public sealed class ByteTreeHasher
{
    // Whole pages, 64 KiB or 4 KiB, are hashed in one go, which is many times faster.
    private static readonly int[] PageLevels = [9, 5];

    private readonly byte[] _leaf = new byte[ByteTree.LeafSize];
    // _pending[l] is the root of a full left subtree of 2^l leaves that waits for its right sibling.
    private readonly Hash256?[] _pending = new Hash256?[ByteTree.MaxDepth + 1];
    private readonly int _keptLevel;
    private readonly List<Hash256>? _kept;
    private int _filled;

    /// <summary>Keeps no subtree roots.</summary>
    public ByteTreeHasher() => _keptLevel = -1;

    /// <summary>Keeps the root of each subtree of 2^<paramref name="keptLevel"/> leaves, in order.</summary>
    public ByteTreeHasher(int keptLevel)
    {
        _keptLevel = keptLevel;
        _kept = [];
    }

    /// <summary>Bytes appended so far.</summary>
    public long Length { get; private set; }

    /// <summary>Roots of the completed subtrees of the kept level; after <see cref="Finish"/> of all that hold bytes.</summary>
    public IReadOnlyList<Hash256> Kept => _kept is null ? [] : _kept;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_filled == 0 && PageAt(Length - data.Length, data.Length) is var page and > 0)
            {
                var size = ByteTree.LeafSize << page;
                Push(ByteTree.Root(data[..size]), page);
                data = data[size..];
                continue;
            }

            if (_filled == 0 && data.Length >= ByteTree.LeafSize)
            {
                Push(Keccak256.Hash(data[..ByteTree.LeafSize]), 0);
                data = data[ByteTree.LeafSize..];
                continue;
            }

            var taken = Math.Min(data.Length, ByteTree.LeafSize - _filled);
            data[..taken].CopyTo(_leaf.AsSpan(_filled));
            _filled += taken;
            data = data[taken..];
            if (_filled == ByteTree.LeafSize)
            {
                Push(Keccak256.Hash(_leaf), 0);
                _filled = 0;
            }
        }
    }

    /// <summary>Ends the blob and returns its name. The hasher takes no more bytes.</summary>
    public BlobName Finish()
    {
        if (_filled > 0 || Length == 0)
        {
            Push(ByteTree.HashLeaf(_leaf.AsSpan(0, _filled)), 0);
            _filled = 0;
        }

        var depth = ByteTree.Depth(Length);
        for (var level = 0; level < depth; level++)
        {
            if (_pending[level] is null) continue;
            Push(ByteTree.ZeroRoot(level), level, holdsBytes: false);
        }

        // A blob shorter than the kept level is its own only chunk.
        if (_kept is { Count: 0 }) _kept.Add(_pending[depth]!.Value);
        return new BlobName(_pending[depth]!.Value, Length);
    }

    /// <summary>Levels of the largest page that begins at <paramref name="position"/> and that the bytes left fill; zero if none.</summary>
    private int PageAt(long position, int left)
    {
        foreach (var level in PageLevels)
        {
            var size = ByteTree.LeafSize << level;
            if (left >= size && position % size == 0 && (_keptLevel == -1 || _keptLevel >= level)) return level;
        }

        return 0;
    }

    private void Push(Hash256 node, int level, bool holdsBytes = true)
    {
        while (true)
        {
            if (level == _keptLevel && holdsBytes) _kept!.Add(node);
            if (_pending[level] is not { } left) break;
            _pending[level] = null;
            node = Keccak256.Hash(left, node);
            holdsBytes = true;
            level++;
        }

        _pending[level] = node;
    }
}
