using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Chain.Contracts;

/// <summary>Between the contracts' structs and the domain's values: field for field, checked by their hashes.</summary>
public static class DomainMapping
{
    /// <summary>As the contract takes it.</summary>
    public static TermsTuple ToTuple(this Terms terms) => new(
        terms.Consumer,
        terms.Nonce,
        terms.ClassKey.Packed,
        terms.Total,
        terms.Mfuel,
        terms.MaxTick.Index,
        terms.LeaseSeconds,
        terms.WindowSeconds,
        terms.Deadline.Seconds,
        (VerdictCode)(byte)terms.Verdict,
        terms.BondBps,
        terms.MinScore,
        terms.MinMemoryMiB,
        terms.MaxLeases,
        terms.Tip,
        terms.Work,
        [.. terms.Devices.Select(d => d.Value)]);

    /// <summary>As the domain has it.</summary>
    public static Terms ToDomain(this TermsTuple terms) => new()
    {
        Consumer = terms.Consumer,
        Nonce = terms.Nonce,
        ClassKey = new ClassKey(terms.ClassKey),
        Total = terms.Total,
        Mfuel = terms.Mfuel,
        MaxTick = new Tick(terms.MaxTick),
        LeaseSeconds = terms.LeaseSeconds,
        WindowSeconds = terms.WindowSeconds,
        Deadline = new UnixTime(terms.Deadline),
        Verdict = (Verdict)(byte)terms.Verdict,
        BondBps = terms.BondBps,
        MinScore = terms.MinScore,
        MinMemoryMiB = terms.MinMemoryMiB,
        MaxLeases = terms.MaxLeases,
        Tip = terms.Tip,
        Work = terms.Work,
        Devices = [.. terms.Devices.Select(d => new DeviceId(d))],
    };

    /// <summary>As the contract takes it.</summary>
    public static WorkTuple ToTuple(this Work work) =>
        new(work.Module, work.ModuleLength, work.Manifest, work.MemoryPages, work.OutputLimit);

    /// <summary>As the domain has it.</summary>
    public static Work ToDomain(this WorkTuple work) =>
        new(work.Module, work.ModuleLength, work.Manifest, work.MemoryPages, work.OutputLimit);

    /// <summary>As the contract takes it.</summary>
    public static LeaseTuple ToTuple(this Lease lease) =>
        new(lease.Offer.Value, lease.Device.Value, lease.First, lease.Count, lease.UnitPrice, lease.Attempt);

    /// <summary>As the domain has it.</summary>
    public static Lease ToDomain(this LeaseTuple lease) =>
        new(new OfferId(lease.Offer), new DeviceId(lease.Device), lease.First, lease.Count, lease.UnitPrice, lease.Attempt);

    /// <summary>The lease that an event announces.</summary>
    public static Lease ToDomain(this LeasedEvent leased) =>
        new(new OfferId(leased.OfferId), new DeviceId(leased.Device), leased.First, leased.Count, leased.UnitPrice, leased.Attempt);
}
