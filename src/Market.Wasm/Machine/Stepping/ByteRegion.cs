using Market.Hashing;

namespace Market.Wasm.Machine.Stepping;

/// <summary>One of a state's trees in full: its bytes, as far as they were ever written, and its nodes.</summary>
internal sealed class ByteRegion
{
    private readonly SparseByteTree _tree;
    private readonly SortedSet<int> _dirty = [];
    private byte[] _content;

    public ByteRegion(int depth, ReadOnlySpan<byte> content)
    {
        _tree = new SparseByteTree(depth);
        _content = new byte[(content.Length + ByteTree.LeafSize - 1) / ByteTree.LeafSize * ByteTree.LeafSize];
        content.CopyTo(_content);
        for (var leaf = 0; leaf < _content.Length / ByteTree.LeafSize; leaf++) _tree.Set(leaf, Keccak256.Hash(Leaf(leaf)));
    }

    /// <summary>Levels above the leaves.</summary>
    public int Depth => _tree.Depth;

    /// <summary>The bytes up to the last leaf that was ever written; all further ones are zero.</summary>
    public ReadOnlySpan<byte> Content => _content;

    public Hash256 Root
    {
        get
        {
            Settle();
            return _tree.Root;
        }
    }

    public ReadOnlySpan<byte> Leaf(int leaf)
    {
        Reach(leaf);
        return _content.AsSpan(leaf * ByteTree.LeafSize, ByteTree.LeafSize);
    }

    public void Write(int leaf, int offset, ReadOnlySpan<byte> bytes)
    {
        Reach(leaf);
        bytes.CopyTo(_content.AsSpan((leaf * ByteTree.LeafSize) + offset, Math.Min(bytes.Length, ByteTree.LeafSize - offset)));
        _dirty.Add(leaf);
    }

    public Hash256[] Siblings(int leaf)
    {
        Settle();
        return _tree.Siblings(leaf);
    }

    public Hash256 LeftRoot(int level)
    {
        Settle();
        return _tree.LeftRoot(level);
    }

    private void Settle()
    {
        foreach (var leaf in _dirty) _tree.Set(leaf, Keccak256.Hash(Leaf(leaf)));
        _dirty.Clear();
    }

    private void Reach(int leaf)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((long)leaf, 1L << Depth);
        var needed = (leaf + 1) * ByteTree.LeafSize;
        if (needed > _content.Length) Array.Resize(ref _content, Math.Min(Math.Max(needed, 2 * _content.Length), (int)Math.Min(int.MaxValue, (long)ByteTree.LeafSize << Depth)));
    }
}
