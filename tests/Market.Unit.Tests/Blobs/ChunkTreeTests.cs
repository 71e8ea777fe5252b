using CsCheck;
using Market.Blobs;
using Market.Hashing;

namespace Market.Unit.Tests.Blobs;

public sealed class ChunkTreeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    [InlineData(131_073)]
    [InlineData(300_000)]
    [InlineData(65_536 * 5)]
    public void Tree_OfAnyLength_HasTheBlobsNameAndOpensEveryChunk(int length)
    {
        var content = Content(length, 7);
        var name = BlobName.Of(content);

        var tree = TreeOf(content);

        Assert.Equal(name, tree.Name);
        for (var i = 0; i < tree.Roots.Count; i++)
        {
            var chunk = Chunk(content, i);
            Assert.Equal(ByteTree.Siblings(content, i, Math.Min(ChunkTree.Level, ByteTree.Depth(length))), tree.Siblings(i));
            Assert.True(ChunkTree.Proves(name, i, chunk, tree.Siblings(i), out var root));
            Assert.Equal(tree.Roots[i], root);
        }
    }

    [Fact]
    public void Proves_AnyFlippedBit_Refuses() =>
        Gen.Select(Gen.Int[65_537, 400_000], Gen.Int, Gen.Int[0, int.MaxValue]).Sample((length, seed, flip) =>
        {
            var content = Content(length, seed);
            var tree = TreeOf(content);
            var index = flip % tree.Roots.Count;
            var chunk = Chunk(content, index);
            var siblings = tree.Siblings(index).ToArray();
            if (flip % 2 == 0)
            {
                chunk[flip % chunk.Length] ^= (byte)(1 << (flip % 8));
            }
            else
            {
                var bytes = siblings[flip % siblings.Length].ToArray();
                bytes[flip % 32] ^= 1;
                siblings[flip % siblings.Length] = new Hash256(bytes);
            }

            Assert.False(ChunkTree.Proves(tree.Name, index, chunk, siblings, out _));
        }, iter: 40);

    [Fact]
    public void Proves_ChunkOfAnotherPlaceOrLengthOrDepth_Refuses()
    {
        var content = Content(200_000, 3);
        var tree = TreeOf(content);
        var chunk = Chunk(content, 0);

        Assert.False(ChunkTree.Proves(tree.Name, 1, chunk, tree.Siblings(0), out _));
        Assert.False(ChunkTree.Proves(tree.Name, 4, chunk, tree.Siblings(0), out _));
        Assert.False(ChunkTree.Proves(tree.Name, -1, chunk, tree.Siblings(0), out _));
        Assert.False(ChunkTree.Proves(tree.Name, 0, chunk.AsSpan(0, chunk.Length - 1), tree.Siblings(0), out _));
        Assert.False(ChunkTree.Proves(tree.Name, 0, chunk, [.. tree.Siblings(0), default], out _));
        Assert.False(ChunkTree.Proves(tree.Name, 0, chunk, [], out _));
        Assert.False(ChunkTree.Proves(tree.Name with { Length = 100_000 }, 0, chunk, tree.Siblings(0), out _));
    }

    internal static byte[] Content(int length, int seed)
    {
#pragma warning disable RS0030 // Seeded: the same bytes each time.
        var random = new Random(seed);
#pragma warning restore RS0030
        var content = new byte[length];
        random.NextBytes(content);
        return content;
    }

    internal static byte[] Chunk(byte[] content, long index) =>
        content.AsSpan((int)index * ChunkTree.ChunkSize, ChunkTree.LengthOf(content.Length, index)).ToArray();

    internal static ChunkTree TreeOf(byte[] content)
    {
        var hasher = new ByteTreeHasher(ChunkTree.Level);
        hasher.Append(content);
        hasher.Finish();
        return new ChunkTree(content.Length, hasher.Kept);
    }
}
