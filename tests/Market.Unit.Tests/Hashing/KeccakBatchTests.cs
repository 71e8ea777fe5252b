using Market.Hashing;

namespace Market.Unit.Tests.Hashing;

public sealed class KeccakBatchTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(96)]
    [InlineData(128)]
    public void Hash_OfManyMessages_IsThatOfEachAlone(int size)
    {
        var dice = new Random(size);
        for (var count = 0; count <= 37; count++)
        {
            var messages = new byte[count * size];
            dice.NextBytes(messages);
            var digests = new byte[count * Hash256.Size];

            var narrow = new byte[digests.Length];

            KeccakBatch.Hash(messages, size, digests);
            KeccakBatch.HashByFour(messages, size, narrow, 0);

            Assert.Equal(digests, narrow);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(Keccak256.Hash(messages.AsSpan(i * size, size)).ToArray(), digests.AsSpan(i * Hash256.Size, Hash256.Size).ToArray());
            }
        }
    }

    [Fact]
    public void Hash_OverItsOwnMessages_GivesTheSame()
    {
        var nodes = new byte[64 * 12];
        new Random(1).NextBytes(nodes);
        var expected = new byte[32 * 12];
        KeccakBatch.Hash(nodes, 64, expected);

        KeccakBatch.Hash(nodes, 64, nodes);

        Assert.Equal(expected, nodes[..expected.Length]);
    }

    [Fact]
    public void TreesOfAllKinds_HaveTheRootOfTheDefinition()
    {
        var dice = new Random(2);
        for (var i = 0; i < 200; i++)
        {
            var content = new byte[dice.Next(i < 100 ? 600 : 40_000)];
            dice.NextBytes(content);
            var expected = Definition(content);
            var streamed = new ByteTreeHasher();
            for (var done = 0; done < content.Length;)
            {
                var part = Math.Min(content.Length - done, dice.Next(1, 9_000));
                streamed.Append(content.AsSpan(done, part));
                done += part;
            }

            Assert.Equal(expected, ByteTree.Root(content));
            Assert.Equal(expected, streamed.Finish().Root);
        }
    }

    [Fact]
    public void SparseTree_AfterAnyChanges_HasTheRootAndPathsOfItsLeaves()
    {
        var dice = new Random(3);
        var tree = new SparseByteTree(9);
        var content = new byte[ByteTree.LeafSize << 9];
        for (var round = 0; round < 60; round++)
        {
            for (var i = dice.Next(20); i >= 0; i--)
            {
                var leaf = dice.Next(512);
                dice.NextBytes(content.AsSpan(leaf * ByteTree.LeafSize, ByteTree.LeafSize));
                tree.Set(leaf, Keccak256.Hash(content.AsSpan(leaf * ByteTree.LeafSize, ByteTree.LeafSize)));
            }

            var asked = dice.Next(512);
            Assert.Equal(ByteTree.Root(content), tree.Root);
            Assert.Equal(ByteTree.Siblings(content, asked), tree.Siblings(asked));
        }
    }

    private static Hash256 Definition(byte[] content)
    {
        var level = Enumerable.Range(0, (int)ByteTree.LeafCount(content.Length))
            .Select(i => ByteTree.HashLeaf(content.AsSpan(i * ByteTree.LeafSize, Math.Min(ByteTree.LeafSize, content.Length - (i * ByteTree.LeafSize))))).ToList();
        for (var height = 0; level.Count > 1; height++)
        {
            if (level.Count % 2 != 0) level.Add(ByteTree.ZeroRoot(height));
            level = [.. level.Chunk(2).Select(pair => Keccak256.Hash(pair[0], pair[1]))];
        }

        return level[0];
    }
}
