using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Ethereum.Abi;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>
/// The stages of a job as the contract hashes them: pairs in ascending order, a node without a neighbour moves up as it is.
/// The same rules as DagLib.
/// </summary>
public static class StageTree
{
    /// <summary>Root of all stages.</summary>
    public static Hash256 RootOf(ImmutableArray<StageSpecTuple> stages) => Climb(stages, 0, null);

    /// <summary>Siblings from the stage at <paramref name="index"/> to the root, lowest first.</summary>
    public static ImmutableArray<Hash256> ProofOf(ImmutableArray<StageSpecTuple> stages, int index)
    {
        var proof = ImmutableArray.CreateBuilder<Hash256>();
        Climb(stages, index, proof);
        return proof.ToImmutable();
    }

    private static Hash256 Climb(ImmutableArray<StageSpecTuple> stages, int at, ImmutableArray<Hash256>.Builder? proof)
    {
        var nodes = stages.Select(stage => Keccak256.Hash(AbiCodec.Encode(AbiTypes.Tuple<StageSpecTuple>(), stage))).ToArray();
        for (; nodes.Length > 1; at /= 2)
        {
            if ((at ^ 1) < nodes.Length) proof?.Add(nodes[at ^ 1]);
            nodes = [.. nodes.Chunk(2).Select(pair => pair.Length == 2 ? Join(pair[0], pair[1]) : pair[0])];
        }

        return nodes[0];
    }

    private static Hash256 Join(Hash256 a, Hash256 b)
    {
        var (left, right) = (a.ToArray(), b.ToArray());
        if (left.AsSpan().SequenceCompareTo(right) > 0) (left, right) = (right, left);
        return Keccak256.Hash([.. left, .. right]);
    }
}
