using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;

namespace Market.Domain.Scheduling;

/// <summary>Which devices an offer should name, and why.</summary>
/// <param name="Devices">In ascending order; empty leaves the choice to the market.</param>
/// <param name="Why">Why.</param>
public sealed record PlacementChoice(ImmutableArray<DeviceId> Devices, Reason Why);

/// <summary>A device that could run a stage.</summary>
/// <param name="Bid">What it asks.</param>
/// <param name="Capacity">Tasklets that it can take in one lease; zero if it does not fit.</param>
/// <param name="Held">Bytes of the stage's inputs that it holds.</param>
public sealed record Candidate(StandingBid Bid, ulong Capacity, long Held);

/// <summary>Prefers devices that hold a stage's inputs. The market knows no data: an offer can only name devices, so few enough are named that they make it cheaper and no slower.</summary>
public static class Placement
{
    /// <summary>Most devices that an offer names.</summary>
    public const int MostNamed = 16;

    /// <summary>Names the devices that hold most, if they have room for the whole stage at once; else nobody.</summary>
    /// <param name="candidates">Devices within the reserve.</param>
    /// <param name="tasklets">Of the stage.</param>
    public static PlacementChoice Choose(IEnumerable<Candidate> candidates, uint tasklets)
    {
        var named = new List<DeviceId>();
        ulong room = 0;
        foreach (var candidate in candidates.Where(c => c.Held > 0 && c.Capacity > 0).OrderByDescending(c => c.Held).ThenBy(c => c.Bid.Tick).ThenBy(c => c.Bid.Device.Value).Take(MostNamed))
        {
            named.Add(candidate.Bid.Device);
            room += candidate.Capacity;
            if (room >= tasklets) return new PlacementChoice([.. named.Order()], new Reason(ReasonCode.HoldsData));
        }

        return new PlacementChoice([], new Reason(ReasonCode.HoldersTooFew));
    }
}
