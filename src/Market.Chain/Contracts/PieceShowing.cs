using System.Collections.Immutable;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>What answers a request of the judge: the piece, and the siblings that prove it under what the terms or the result commit to.</summary>
public static class PieceShowing
{
    /// <summary>Which blob a request wants a piece of; null for a record.</summary>
    /// <param name="what">The request.</param>
    /// <param name="work">The offer's work.</param>
    /// <param name="manifest">Its manifest.</param>
    public static BlobName? BlobOf(RequestTuple what, Work work, Manifest manifest) => what.Piece switch
    {
        PieceCode.Module => work.ModuleBlob,
        PieceCode.Manifest => manifest.Name,
        PieceCode.Frame => manifest.Records[(int)what.Index].Frame,
        PieceCode.Stdin => manifest.Records[(int)what.Index].Stdin,
        _ => null,
    };

    /// <summary>The call that shows it.</summary>
    /// <param name="terms">Terms of the offer.</param>
    /// <param name="work">Its work.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="what">What is requested.</param>
    /// <param name="results">The committed result list.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="blob">All bytes of <see cref="BlobOf"/>; unused for a record.</param>
    public static ShowFunction Of(Terms terms, Work work, Lease lease, RequestTuple what, ResultList results, Manifest manifest, ReadOnlySpan<byte> blob)
    {
        var (record, recordProof) = what.Piece switch
        {
            PieceCode.Record => Leaf(results.Content, (int)(what.Index - lease.First)),
            PieceCode.Frame or PieceCode.Stdin => Leaf(manifest.Content, (int)what.Index),
            _ => ([], []),
        };
        var (data, proof) = what.Piece == PieceCode.Record ? ([], []) : Cut(blob, what.FirstLeaf, what.Leaves);
        return new ShowFunction(
            new TermsTuple(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash()), lease.ToWord(), what,
            new ShowingTuple(
                new ScopeTuple(terms.ClassKey.Packed, terms.Work, terms.DeviceNumbers()), new WorkTuple(work.Module, work.Program, work.Manifest, work.ToLimitsWord()),
                HexBytes.Wrap(record), recordProof, HexBytes.Wrap(data), proof));
    }

    private static (byte[] Bytes, ImmutableArray<Hash256> Proof) Leaf(byte[] content, int position) =>
        (content.AsSpan(position * ByteTree.LeafSize, ByteTree.LeafSize).ToArray(), [.. ByteTree.Siblings(content, (uint)position, 0)]);

    private static (byte[] Bytes, ImmutableArray<Hash256> Proof) Cut(ReadOnlySpan<byte> blob, uint firstLeaf, byte leaves)
    {
        // Beyond the end there is nothing to show.
        if ((long)firstLeaf * ByteTree.LeafSize >= blob.Length) return ([], []);

        // A tree smaller than the piece is shown whole.
        var levels = Math.Min(ByteTree.Depth((long)leaves * ByteTree.LeafSize), ByteTree.Depth(blob.Length));
        var index = firstLeaf >> levels;
        var start = (int)(index << levels) * ByteTree.LeafSize;
        var piece = new byte[ByteTree.LeafSize << levels];
        blob.Slice(start, Math.Min(piece.Length, blob.Length - start)).CopyTo(piece);
        return (piece, [.. ByteTree.Siblings(blob, index, levels)]);
    }
}
