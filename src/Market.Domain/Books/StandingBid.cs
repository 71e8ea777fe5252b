using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Books;

/// <summary>A device's standing price in a book, with what the market knows of the device.</summary>
/// <param name="Device">Whose.</param>
/// <param name="ClassKey">The book it stands in.</param>
/// <param name="Tick">What it asks.</param>
/// <param name="Lanes">Tasklets that it runs at once for the market.</param>
/// <param name="FreeLanes">Lanes that no lease holds now.</param>
/// <param name="ValidUntil">When it lapses.</param>
/// <param name="VerdictMask">Bit v: takes offers of <see cref="Verdict"/> v.</param>
/// <param name="Score">Attested Mfuel per second and lane.</param>
/// <param name="MemoryMiB">Memory per lane.</param>
/// <param name="FreeStake">Stake that no bond holds, above the market's minimum.</param>
public sealed record StandingBid(
    DeviceId Device, ClassKey ClassKey, Tick Tick, ushort Lanes, ushort FreeLanes, UnixTime ValidUntil, byte VerdictMask, ushort Score, ushort MemoryMiB, Amount FreeStake)
{
    /// <summary>Whether it takes offers of <paramref name="verdict"/>.</summary>
    public bool Takes(Verdict verdict) => (VerdictMask >> (int)verdict & 1) == 1;

    /// <summary>Tasklets of <paramref name="mfuel"/> that one lane ends within four fifths of <paramref name="leaseSeconds"/>, rounded down.</summary>
    public ulong PerLane(uint mfuel, uint leaseSeconds) => (ulong)((UInt128)Score * leaseSeconds * 4 / (5 * (UInt128)mfuel));
}
