using Market.Chain.Contracts;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Node.Leases;

/// <summary>What answers a demand: bytes and the siblings that prove them under the committed root, as DemandLib checks.</summary>
/// <param name="Record">The tasklet's 128-byte record.</param>
/// <param name="RecordProof">Siblings in the result list's tree.</param>
/// <param name="Output">The piece of output, padded to whole leaves; empty if only the record was asked for.</param>
/// <param name="OutputProof">Siblings in the output's tree.</param>
internal sealed record DemandAnswer(byte[] Record, IReadOnlyList<Hash256> RecordProof, byte[] Output, IReadOnlyList<Hash256> OutputProof)
{
    /// <summary>The call that hands it in.</summary>
    public AnswerFunction ToFunction(Terms terms, Lease lease) => new(
        terms.ToTuple(), lease.ToWord(), HexBytes.Wrap(Record), [.. RecordProof], HexBytes.Wrap(Output), [.. OutputProof]);

    /// <summary>Answers from the result list and the output.</summary>
    /// <param name="what">What is asked for.</param>
    /// <param name="first">First tasklet of the lease.</param>
    /// <param name="list">The result list.</param>
    /// <param name="output">The tasklet's output; needed only if a piece of it is asked for.</param>
    public static DemandAnswer Of(DemandTuple what, uint first, ResultList list, ReadOnlySpan<byte> output)
    {
        var position = (int)(what.Index - first);
        var record = list.Content.AsSpan(position * ResultList.RecordSize, ResultList.RecordSize).ToArray();
        var proof = list.Open(position);

        // Beyond the output's end the record alone answers: it says where the output ends.
        if (!what.Output || (long)what.FirstLeaf * ByteTree.LeafSize >= output.Length) return new DemandAnswer(record, proof, [], []);

        // A tree smaller than the piece is shown whole.
        var levels = Math.Min(ByteTree.Depth((long)what.Leaves * ByteTree.LeafSize), ByteTree.Depth(output.Length));
        var index = what.FirstLeaf >> levels;
        var start = (int)(index << levels) * ByteTree.LeafSize;
        var piece = new byte[ByteTree.LeafSize << levels];
        output.Slice(start, Math.Min(piece.Length, output.Length - start)).CopyTo(piece);
        return new DemandAnswer(record, proof, piece, ByteTree.Siblings(output, index, levels));
    }
}
