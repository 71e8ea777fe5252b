using System.Collections.Immutable;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Domain.Receipts;

/// <summary>How sure a receipt's result is; never more than was done.</summary>
public enum ReceiptState
{
    /// <summary>The consumer took the result before its challenge window ended: nobody else vouches for it.</summary>
    Accepted,

    /// <summary>The verdict's rule made it final: the window passed unchallenged, or a trusted device committed.</summary>
    Final,

    /// <summary>Its run was checked by others. Nothing gives it yet: that a dispute was decided for it says only that one challenger lost.</summary>
    Proven,
}

/// <summary>What is wrong with a receipt.</summary>
public enum ReceiptFault
{
    /// <summary>The work is not the one that the terms commit to.</summary>
    WorkNotInTerms,

    /// <summary>The lease belongs to another offer.</summary>
    LeaseOfAnotherOffer,

    /// <summary>The tasklet is outside the lease or the offer.</summary>
    TaskletOutsideLease,

    /// <summary>The input does not open the manifest at the tasklet's position.</summary>
    InputNotInManifest,

    /// <summary>The result does not open the committed root at the tasklet's position.</summary>
    ResultNotCommitted,
}

/// <summary>
/// A portable proof of one tasklet: what ran on what input, what came out, at which fuel, by whom, for how much.
/// <see cref="Check"/> needs nothing else; that the market holds <see cref="ResultRoot"/> for the lease's key is one
/// look at the chain.
/// </summary>
public sealed record Receipt
{
    /// <summary>The chain that the market lives on.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The market contract.</summary>
    public required Address Market { get; init; }

    /// <summary>The offer's terms; with chain and market they are its key.</summary>
    public required Terms Terms { get; init; }

    /// <summary>Module, manifest and caps.</summary>
    public required Work Work { get; init; }

    /// <summary>The lease that the tasklet ran under.</summary>
    public required Lease Lease { get; init; }

    /// <summary>The tasklet's index in the offer.</summary>
    public required uint Tasklet { get; init; }

    /// <summary>
    /// What it read; null in a stage that reads others, whose work names a rule instead of a manifest: <see cref="ReceiptFile.Rule"/>.
    /// </summary>
    public required ManifestRecord? Input { get; init; }

    /// <summary>Opens <see cref="Input"/> in the manifest, nearest sibling first; empty where there is none.</summary>
    public required ImmutableArray<Hash256> InputProof { get; init; }

    /// <summary>How it ended, its fuel and the name of its output.</summary>
    public required TaskletResult Result { get; init; }

    /// <summary>Opens <see cref="Result"/> in the committed list, nearest sibling first.</summary>
    public required ImmutableArray<Hash256> ResultProof { get; init; }

    /// <summary>The root that the device committed for the lease.</summary>
    public required Hash256 ResultRoot { get; init; }

    /// <summary>What the device was paid for the whole lease.</summary>
    public required Amount LeasePaid { get; init; }

    /// <summary>The transaction that carried the commitment, signed by the device's operator.</summary>
    public required Hash256 CommitTransaction { get; init; }

    /// <summary>How sure the result is.</summary>
    public required ReceiptState State { get; init; }

    /// <summary>Every fault that the receipt shows by itself; empty if it holds together.</summary>
    public ImmutableArray<ReceiptFault> Check()
    {
        var faults = ImmutableArray.CreateBuilder<ReceiptFault>();
        if (Work.Hash() != Terms.Work) faults.Add(ReceiptFault.WorkNotInTerms);
        if (Lease.Offer != Terms.Id(ChainId, Market)) faults.Add(ReceiptFault.LeaseOfAnotherOffer);
        if (!Lease.Holds(Tasklet) || Lease.End > Terms.Total) faults.Add(ReceiptFault.TaskletOutsideLease);
        if (!HoldsInput()) faults.Add(ReceiptFault.InputNotInManifest);
        if (!Opens(ResultList.Leaf(Result), (long)Tasklet - Lease.First, ResultProof, ResultRoot, Lease.Count)) faults.Add(ReceiptFault.ResultNotCommitted);
        return faults.ToImmutable();
    }

    private static bool Opens(Hash256 leaf, long position, ImmutableArray<Hash256> proof, Hash256 root, uint leaves) =>
        position >= 0 && position < leaves && !proof.IsDefault
        && proof.Length == ByteTree.Depth(leaves * (long)ByteTree.LeafSize)
        && ByteTree.Climb(leaf, position, proof) == root;

    private bool HoldsInput() => Input is { } input
        ? Work.Inputs == InputKind.Manifest && Opens(InputLeaf(input), Tasklet, InputProof, Work.Manifest, Terms.Total)
        : Work.Inputs != InputKind.Manifest && !InputProof.IsDefault && InputProof.IsEmpty;

    private static Hash256 InputLeaf(ManifestRecord input)
    {
        Span<byte> record = stackalloc byte[Manifest.RecordSize];
        Manifest.Encode(input, record);
        return ByteTree.HashLeaf(record);
    }
}
