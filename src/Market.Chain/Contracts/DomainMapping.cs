using System.Collections.Immutable;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;

namespace Market.Chain.Contracts;

/// <summary>Between the contracts' words and the domain's values, checked by their hashes.</summary>
public static class DomainMapping
{
    /// <summary>As the contract takes it.</summary>
    public static TermsTuple ToTuple(this Terms terms) => new(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash());

    /// <summary>What matching and quoting take beside the terms.</summary>
    public static ScopeTuple ToScope(this Terms terms) => new(terms.ClassKey.Packed, terms.Work, terms.DeviceNumbers());

    /// <summary>The named devices as the contract takes them.</summary>
    public static ImmutableArray<uint> DeviceNumbers(this Terms terms) => [.. terms.Devices.Select(d => d.Value)];

    /// <summary>The terms that an event announces.</summary>
    public static Terms ToTerms(this OfferPostedEvent posted) => Terms.FromWords(
        posted.Cost, posted.Rules, new ClassKey(posted.ClassKey), posted.Work.ToDomain().Hash(), [.. posted.Devices.Select(d => new DeviceId(d))]);

    /// <summary>As the contract takes it.</summary>
    public static WorkTuple ToTuple(this Work work) => new(work.Module, work.Program, work.Manifest, work.ToLimitsWord());

    /// <summary>As the domain has it.</summary>
    public static Work ToDomain(this WorkTuple work) => Work.FromWords(work.Module, work.Program, work.Manifest, work.Limits);

    /// <summary>The lease that an event announces.</summary>
    public static Lease ToDomain(this LeasedEvent leased) => Lease.FromWord(new OfferId(leased.OfferId), leased.Lease);
}
