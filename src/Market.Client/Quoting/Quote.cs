using System.Collections.Immutable;
using Market.Client.Jobs;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Planning;

namespace Market.Client.Quoting;

/// <summary>What a job would cost and who would run it. Nothing was signed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Local">What running samples here showed; null if that was skipped.</param>
/// <param name="Plan">The terms, and what follows from the bids.</param>
/// <param name="Snapshot">The market that was looked at.</param>
/// <param name="Fills">Who would be leased how much now, by the market's own word.</param>
/// <param name="Pay">What those devices would be paid.</param>
/// <param name="Fee">The market's fee on top.</param>
/// <param name="Budget">Most that may be escrowed.</param>
/// <param name="Credit">The consumer's credit in the market.</param>
/// <param name="Asset">How amounts are written.</param>
public sealed record Quote(
    PreparedJob Job, LocalRun? Local, JobPlan Plan, MarketSnapshot Snapshot, ImmutableArray<QuotedFill> Fills, Amount Pay, Amount Fee, Amount Budget, Amount Credit, Asset Asset)
{
    /// <summary>Tasklets that would be leased at once.</summary>
    public uint Placed => (uint)Fills.Sum(fill => fill.Tasklets);

    /// <summary>
    /// What the whole job is expected to cost, fee included: what is placed now at its price, the rest at the same; at the bids
    /// where nothing can be placed now.
    /// </summary>
    public Amount Expected => Placed > 0
        ? new Amount((Pay + Fee).BaseUnits * Plan.Terms.Total / Placed)
        : new Amount(Plan.AtBids.BaseUnits * (10_000u + Snapshot.Rules.FeeBps) / 10_000 * Plan.Terms.Total / (uint)Plan.Shares.Sum(share => share.Tasklets));

    /// <summary>Live bids that were looked at.</summary>
    public int Live => Snapshot.Bids.Length;
}

/// <summary>One lease that matching would make.</summary>
public sealed record QuotedFill(DeviceId Device, uint Tasklets, Tick Bid, UnitPrice Price, Amount Pay);

/// <summary>Words for what excluded devices.</summary>
public static class ExclusionWords
{
    /// <summary>As the end of "… excludes 9".</summary>
    public static string Describe(this Exclusion exclusion) => exclusion switch
    {
        Exclusion.Expired => "an expired bid",
        Exclusion.Full => "no free lane",
        Exclusion.TooSlow => "speed",
        Exclusion.TooLittleMemory => "memory",
        Exclusion.Verdict => "the kind of verification",
        Exclusion.TooLittleStake => "too little free stake",
        Exclusion.TooSmall => "capacity",
        Exclusion.TooExpensive => "price",
        Exclusion.WrongClass => "another class",
        Exclusion.Leasing => "being retired or banned",
        Exclusion.NotNamed => "not being named",
        Exclusion.Attestation => "attestation",
        Exclusion.Region => "another region",
        _ => "nothing",
    };
}
