using System.Collections.Immutable;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>What answers a request of the judge: the piece, and the siblings that prove it under what the terms or the result commit to.</summary>
public static class PieceShowing
{
    /// <summary>The call that shows it.</summary>
    /// <param name="terms">Terms of the offer.</param>
    /// <param name="work">Its work.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="what">What is requested.</param>
    /// <param name="record">The committed record; what opens the input, for a piece of one; else nothing.</param>
    /// <param name="recordProof">Its siblings.</param>
    /// <param name="blob">All bytes of what a piece is requested of; empty for a record, and for what is not there to be shown.</param>
    public static ShowFunction Of(
        Terms terms, Work work, Lease lease, RequestTuple what, byte[] record, ImmutableArray<Hash256> recordProof, ReadOnlySpan<byte> blob)
    {
        var (data, proof) = what.Piece == PieceCode.Record ? ([], []) : Cut(blob, what.FirstLeaf, what.Leaves);
        return new ShowFunction(
            new TermsTuple(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash()), lease.ToWord(), what,
            new ShowingTuple(
                new ScopeTuple(terms.ClassKey.Packed, terms.Work, terms.DeviceNumbers()), new WorkTuple(work.Module, work.Program, work.Manifest, work.ToLimitsWord()),
                HexBytes.Wrap(record), recordProof, HexBytes.Wrap(data), proof));
    }

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
