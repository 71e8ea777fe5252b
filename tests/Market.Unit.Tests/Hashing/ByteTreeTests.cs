using CsCheck;
using Market.Hashing;

namespace Market.Unit.Tests.Hashing;

public sealed class ByteTreeTests
{
    private static readonly Gen<byte[]> Blobs = Gen.Byte.Array[0, 5000];

    [Fact]
    public void Root_OfNothing_IsTheZeroLeaf() =>
        Assert.Equal(Keccak256.Hash(new byte[128]), ByteTree.Root([]));

    [Fact]
    public void Root_OfThreeLeaves_PairsAndPadsWithAZeroLeaf()
    {
        var bytes = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        var last = new byte[128];
        bytes.AsSpan(256).CopyTo(last);

        var root = ByteTree.Root(bytes);

        var left = Keccak256.Hash(Keccak256.Hash(bytes.AsSpan(0, 128)), Keccak256.Hash(bytes.AsSpan(128, 128)));
        var right = Keccak256.Hash(Keccak256.Hash(last), Keccak256.Hash(new byte[128]));
        Assert.Equal(Keccak256.Hash(left, right), root);
    }

    [Fact]
    public void Hasher_FedInAnyPieces_AgreesWithRoot() =>
        Gen.Select(Blobs, Gen.Int[1, 700]).Sample((blob, piece) =>
        {
            var hasher = new ByteTreeHasher(keptLevel: 2);
            foreach (var part in blob.Chunk(piece)) hasher.Append(part);

            Assert.Equal(BlobName.Of(blob), hasher.Finish());
            Assert.Equal(Math.Max(1, (blob.Length + 511) / 512), hasher.Kept.Count);
        });

    [Fact]
    public void Siblings_OfEveryLeafAndSubtree_ClimbToTheRoot() =>
        Gen.Select(Blobs, Gen.Int[0, 3]).Sample((blob, level) =>
        {
            level = Math.Min(level, ByteTree.Depth(blob.Length));
            var size = ByteTree.LeafSize << level;
            for (var i = 0; i * size < Math.Max(1, blob.Length); i++)
            {
                var chunk = blob.AsSpan(i * size, Math.Min(size, blob.Length - (i * size)));
                Assert.Equal(
                    ByteTree.Root(blob),
                    ByteTree.Climb(ByteTree.Root(chunk, level), i, ByteTree.Siblings(blob, i, level)));
            }
        });

    [Fact]
    public void Climb_WithAnyBitFlipped_MissesTheRoot() =>
        Gen.Select(Gen.Byte.Array[129, 2000], Gen.Int[0, int.MaxValue]).Sample((blob, where) =>
        {
            var leaf = new byte[128];
            blob.AsSpan(0, 128).CopyTo(leaf);
            leaf[where % 128] ^= (byte)(1 << (where % 8));

            Assert.NotEqual(ByteTree.Root(blob), ByteTree.Climb(ByteTree.HashLeaf(leaf), 0, ByteTree.Siblings(blob, 0)));
        });
}
