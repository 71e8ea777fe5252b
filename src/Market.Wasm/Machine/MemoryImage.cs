using Market.Hashing;
using Market.Wasm.Format;

namespace Market.Wasm.Machine;

/// <summary>Memory at a run's start: the leaves that data segments touch. All others are zero.</summary>
public sealed class MemoryImage
{
    private readonly uint[] _leaves;
    private readonly byte[] _content;

    private MemoryImage(uint[] leaves, byte[] content)
    {
        _leaves = leaves;
        _content = content;
    }

    internal static MemoryImage Of(WasmModule module)
    {
        var touched = module.Data.Where(d => d.Length > 0)
            .SelectMany(d => Enumerable.Range(0, (int)((((ulong)d.Address + (ulong)d.Length - 1) / ByteTree.LeafSize) - (d.Address / ByteTree.LeafSize)) + 1)
                .Select(i => (uint)((d.Address / ByteTree.LeafSize) + i)));
        uint[] leaves = [.. touched.Distinct().Order()];
        var image = new MemoryImage(leaves, new byte[leaves.Length * ByteTree.LeafSize]);
        foreach (var segment in module.Data) image.Write(segment.Address, module.Bytes.AsSpan(segment.Start, segment.Length));
        return image;
    }

    /// <summary>Copies the image into zeroed memory.</summary>
    public void CopyTo(Span<byte> memory)
    {
        for (var i = 0; i < _leaves.Length; i++) Leaf(i).CopyTo(memory[(int)(_leaves[i] * ByteTree.LeafSize)..]);
    }

    /// <summary>Hands over each leaf that is not all zero: its index and its bytes.</summary>
    internal void ForEach(Action<uint, ReadOnlyMemory<byte>> take)
    {
        for (var i = 0; i < _leaves.Length; i++) take(_leaves[i], _content.AsMemory(i * ByteTree.LeafSize, ByteTree.LeafSize));
    }

    /// <summary>Bytes up to the end of the last leaf.</summary>
    public long Length => _leaves.Length == 0 ? 0 : ((long)_leaves[^1] + 1) * ByteTree.LeafSize;

    /// <summary>Root of the memory tree of <paramref name="depth"/> levels.</summary>
    public Hash256 Root(int depth)
    {
        return Subtree(0, _leaves.Length, depth);

        // Leaves first to last lie in one subtree of that many levels.
        Hash256 Subtree(int first, int last, int level)
        {
            if (first == last) return ByteTree.ZeroRoot(level);
            if (level == 0) return Keccak256.Hash(Leaf(first));
            var middle = first;
            while (middle < last && ((_leaves[middle] >> (level - 1)) & 1) == 0) middle++;
            return Keccak256.Hash(Subtree(first, middle, level - 1), Subtree(middle, last, level - 1));
        }
    }

    private ReadOnlySpan<byte> Leaf(int i) => _content.AsSpan(i * ByteTree.LeafSize, ByteTree.LeafSize);

    private void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var at = Array.BinarySearch(_leaves, (uint)(address / ByteTree.LeafSize));
            var offset = (int)(address % ByteTree.LeafSize);
            var part = Math.Min(bytes.Length, ByteTree.LeafSize - offset);
            bytes[..part].CopyTo(_content.AsSpan((at * ByteTree.LeafSize) + offset));
            address += (ulong)part;
            bytes = bytes[part..];
        }
    }
}
