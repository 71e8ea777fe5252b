using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Offers;
using Market.Domain.Progress;

namespace Market.Client.Following;

/// <summary>One thing that happened to a job, by the chain's word.</summary>
/// <param name="Fact">What happened, when and in which transaction.</param>
/// <param name="Lease">The lease it happened to, as it stood right after; null if it concerns the offer.</param>
/// <param name="After">The offer right after.</param>
public sealed record JobEvent(OfferFact Fact, LeaseView? Lease, OfferView After);

/// <summary>A job's whole story, oldest first: the facts that a view is folded from, each with what it changed.</summary>
public static class JobHistory
{
    /// <summary>The story that <paramref name="facts"/> tell of the offer with <paramref name="terms"/>.</summary>
    public static ImmutableArray<JobEvent> Of(Terms terms, IEnumerable<OfferFact> facts)
    {
        var told = ImmutableArray.CreateBuilder<JobEvent>();
        var before = new OfferView { Terms = terms };
        foreach (var fact in facts)
        {
            var after = before.After(fact);
            told.Add(new JobEvent(fact, after.Leases.FirstOrDefault(lease => !before.Leases.Contains(lease)), after));
            before = after;
        }

        return told.ToImmutable();
    }
}

/// <summary>A transaction of a job.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Block">Height of its block.</param>
/// <param name="At">Time of its block.</param>
/// <param name="From">Who sent and paid for it.</param>
/// <param name="Gas">Gas used.</param>
/// <param name="Fee">What that gas cost the sender, in wei.</param>
/// <param name="Did">What it did to the job, in words and in order.</param>
public sealed record JobTransaction(Hashing.Hash256 Hash, ulong Block, UnixTime At, Hashing.Address From, ulong Gas, UInt128 Fee, ImmutableArray<string> Did);
