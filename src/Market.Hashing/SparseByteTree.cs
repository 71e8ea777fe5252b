namespace Market.Hashing;

/// <summary>
/// The inner nodes of a byte tree of fixed depth whose leaves change. Keeps nodes for as many leaves as were ever set;
/// all further ones are zero. Setting leaves is cheap; the paths above them are hashed when a root or path is asked for.
/// </summary>
public sealed class SparseByteTree
{
    private readonly List<Hash256>[] _levels;
    private readonly SortedSet<int> _dirty = [];

    private readonly int _ground;

    /// <summary>An all-zero tree of <paramref name="depth"/> levels above its leaves.</summary>
    public SparseByteTree(int depth)
        : this(depth, 0)
    {
    }

    /// <summary>The top of a tree: its leaves are the roots of subtrees of <paramref name="ground"/> levels.</summary>
    public SparseByteTree(int depth, int ground)
    {
        Depth = depth;
        _ground = ground;
        _levels = new List<Hash256>[depth + 1];
        for (var level = 0; level <= depth; level++) _levels[level] = [];
    }

    /// <summary>Levels above the leaves.</summary>
    public int Depth { get; }

    /// <summary>The root.</summary>
    public Hash256 Root
    {
        get
        {
            Settle();
            return Node(Depth, 0);
        }
    }

    /// <summary>Sets the hash of a leaf.</summary>
    public void Set(int leaf, Hash256 hash)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((long)leaf, 1L << Depth);
        Put(0, leaf, hash);
        _dirty.Add(leaf >> 1);
    }

    /// <summary>The hashes that lead from a leaf to the root, nearest first.</summary>
    public Hash256[] Siblings(int leaf)
    {
        Settle();
        var siblings = new Hash256[Depth];
        for (var level = 0; level < Depth; level++) siblings[level] = Node(level, (leaf >> level) ^ 1);
        return siblings;
    }

    /// <summary>The root of the leftmost subtree of <paramref name="level"/> levels.</summary>
    public Hash256 LeftRoot(int level)
    {
        Settle();
        return Node(level, 0);
    }

    private void Settle()
    {
        if (_dirty.Count == 0) return;
        int[] indices = [.. _dirty];
        var count = indices.Length;
        _dirty.Clear();
        for (var level = 1; level <= Depth; level++)
        {
            var kept = 0;
            for (var i = 0; i < count; i++)
            {
                var index = indices[i];
                Put(level, index, Keccak256.Hash(Node(level - 1, 2 * index), Node(level - 1, (2 * index) + 1)));
                if (kept == 0 || indices[kept - 1] != index >> 1) indices[kept++] = index >> 1;
            }

            count = kept;
        }
    }

    private Hash256 Node(int level, int index) => index < _levels[level].Count ? _levels[level][index] : ByteTree.ZeroRoot(_ground + level);

    private void Put(int level, int index, Hash256 hash)
    {
        var nodes = _levels[level];
        while (nodes.Count <= index) nodes.Add(ByteTree.ZeroRoot(_ground + level));
        nodes[index] = hash;
    }
}
