using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Planning;

/// <summary>Which bids can serve a job, and how much of it. One book's view; everything but the lease's length is fixed.</summary>
internal sealed class Eligibility(PlanRequest request, MarketSnapshot snapshot, PlannerOptions options, uint mfuel, ushort minScore, Tick reserve)
{
    private readonly SlaSpec _sla = request.Stage.Sla;

    /// <summary>The limit in MiB, rounded up.</summary>
    public ushort MinMemoryMiB { get; } = (ushort)Math.Min(ushort.MaxValue, (request.Stage.Limits.Memory.Bytes + (1 << 20) - 1) >> 20);

    /// <summary>Every reason that excludes <paramref name="bid"/>, in the order in which the contract counts them.</summary>
    public IEnumerable<Exclusion> ReasonsAgainst(StandingBid bid, uint leaseSeconds)
    {
        if (!_sla.Devices.IsEmpty && !_sla.Devices.Contains(bid.Device)) yield return Exclusion.NotNamed;
        if (bid.ClassKey.Kind != RuntimeKind.Wasm) yield return Exclusion.WrongClass;
        if (bid.ClassKey.Level < _sla.Attestation) yield return Exclusion.Attestation;
        if (_sla.Locality is { Region: not 0 and var region } && bid.ClassKey.Region != region) yield return Exclusion.Region;
        if (bid.ValidUntil <= snapshot.Now) yield return Exclusion.Expired;
        if (bid.FreeLanes == 0) yield return Exclusion.Full;
        if (!bid.Takes(_sla.Verification)) yield return Exclusion.Verdict;
        if (bid.Score < minScore || bid.PerLane(mfuel, leaseSeconds) == 0) yield return Exclusion.TooSlow;
        if (bid.MemoryMiB < MinMemoryMiB) yield return Exclusion.TooLittleMemory;
        if (Covered(bid) == 0) yield return Exclusion.TooLittleStake;
        if (bid.Tick > reserve) yield return Exclusion.TooExpensive;
    }

    /// <summary>The reason that is counted, or none.</summary>
    public Exclusion Judge(StandingBid bid, uint leaseSeconds) => ReasonsAgainst(bid, leaseSeconds).FirstOrDefault(Exclusion.None);

    /// <summary>Tasklets that <paramref name="bid"/> can take in one lease.</summary>
    public ulong Capacity(StandingBid bid, uint leaseSeconds) =>
        Math.Min(bid.FreeLanes * bid.PerLane(mfuel, leaseSeconds), Covered(bid));

    /// <summary>Tasklets whose bond and value the market lets the device carry.</summary>
    private ulong Covered(StandingBid bid)
    {
        var value = reserve.Price.CostUp(mfuel, 1).BaseUnits;
        if (value == 0) return ulong.MaxValue;
        var bonded = options.BondBps == 0 ? UInt128.MaxValue : bid.FreeStake.BaseUnits * 10_000 / (value * options.BondBps);
        var valued = _sla.Verification == Verdict.Optimistic ? snapshot.Rules.MaxLeaseValue.BaseUnits / value : UInt128.MaxValue;
        return (ulong)UInt128.Min(UInt128.Min(bonded, valued), ulong.MaxValue);
    }
}
