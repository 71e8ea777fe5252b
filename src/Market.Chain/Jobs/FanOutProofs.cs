using Market.Chain.Generated.JobManager;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>Shows the chain the head of the one output that a stage fans out.</summary>
public static class FanOutProofs
{
    /// <summary>The proof; null if the blobs are not to be had, or the output is no such list.</summary>
    /// <param name="results">What the stage gave whose one output is read.</param>
    /// <param name="read">Reads a blob by name; null if it is not to be had.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<FanOutProofTuple?> OfAsync(ResultsTuple results, Func<BlobName, CancellationToken, Task<byte[]?>> read, CancellationToken cancel)
    {
        if (results.Leases.Length != 1 || Lease.FromWord(default(OfferId), results.Leases[0]).Count != 1) return null;
        if (await read(ResultList.NameOf(results.Roots[0], 1), cancel) is not { } record || !ResultList.TryDecode(record, out var list)) return null;
        if (await read(list!.Results[0].Output, cancel) is not { Length: >= ByteTree.LeafSize } output) return null;
        return new FanOutProofTuple(HexBytes.Wrap(record), new HexBytes(output.AsSpan(0, ByteTree.LeafSize)), [.. ByteTree.Siblings(output, 0)]);
    }
}
