using CsCheck;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Leases;

namespace Market.Unit.Tests.Node;

/// <summary>The checks of DemandLib.requireRecord and requirePiece, made here with the same tree.</summary>
public sealed class DemandAnswerTests
{
    private const uint First = 100;

    [Fact]
    public void Of_AnyPieceOfAnyOutput_ClimbsToTheCommittedRoot() =>
        Gen.Select(Gen.Byte.Array[0, 3000], Gen.Int[1, 9], Gen.Int[0, 8], Gen.Int[0, 5], Gen.Int[0, 40]).Sample((output, count, index, size, piece) =>
        {
            index %= count;
            var leaves = (byte)(1 << size);
            var list = new ResultList(Enumerable.Range(0, count).Select(i => new TaskletResult(
                TaskletStatus.Exited, (uint)i, 5, i == index ? BlobName.Of(output) : BlobName.Of([(byte)i]))));
            var what = new DemandTuple(First + (uint)index, true, (uint)(piece * leaves), leaves);

            var answer = DemandAnswer.Of(what, First, list, output);

            Assert.Equal(list.Name.Root, ByteTree.Climb(Keccak256.Hash(answer.Record), index, answer.RecordProof));
            Assert.Equal(ByteTree.Depth((long)count * ByteTree.LeafSize), answer.RecordProof.Count);
            if (what.FirstLeaf * 128L >= output.Length)
            {
                Assert.Empty(answer.Output);
                return;
            }

            var levels = Math.Min(size, ByteTree.Depth(output.Length));
            Assert.Equal(128 << levels, answer.Output.Length);
            Assert.Equal(ByteTree.Depth(output.Length) - levels, answer.OutputProof.Count);
            Assert.Equal(BlobName.Of(output).Root, ByteTree.Climb(ByteTree.Root(answer.Output, levels), what.FirstLeaf >> levels, answer.OutputProof));
        });

    [Fact]
    public void Of_RecordAlone_ShowsNoOutput()
    {
        var list = new ResultList([new TaskletResult(TaskletStatus.Trapped, 0, 5, BlobName.Of([]))]);

        var answer = DemandAnswer.Of(new DemandTuple(First, false, 0, 0), First, list, []);

        Assert.Empty(answer.Output);
        Assert.Equal(list.Name.Root, Keccak256.Hash(answer.Record));
    }
}
