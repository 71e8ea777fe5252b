using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Node.Bidding;

/// <summary>How the device wants to stand in the book.</summary>
/// <param name="Book">The book.</param>
/// <param name="Tick">What it asks.</param>
/// <param name="Lanes">Tasklets at once.</param>
/// <param name="VerdictMask">Bit v: takes offers of verdict v.</param>
internal sealed record BidWish(ClassKey Book, Tick Tick, ushort Lanes, byte VerdictMask);

/// <summary>What to do next about the bid.</summary>
internal abstract record BidStep
{
    private BidStep()
    {
    }

    /// <summary>The bid stands as wished.</summary>
    public sealed record Stand : BidStep;

    /// <summary>There is no bid and there can be none now.</summary>
    public sealed record Idle(string Reason) : BidStep;

    /// <summary>List the device.</summary>
    public sealed record Place(ClassKey Book, Tick Tick, ushort Lanes, UnixTime ValidUntil, byte VerdictMask) : BidStep;

    /// <summary>Let the bid stand longer.</summary>
    public sealed record Extend(UnixTime ValidUntil) : BidStep;

    /// <summary>Announce another price or number of lanes, or with zero lanes the end of the bid.</summary>
    public sealed record Announce(Tick Tick, ushort Lanes, UnixTime ValidUntil) : BidStep;

    /// <summary>Apply the announced change, which is due.</summary>
    public sealed record Activate : BidStep;

    /// <summary>Delist the bid, whose time is over, to place a new one.</summary>
    public sealed record Prune : BidStep;

    /// <summary>Wait for a change that was announced.</summary>
    public sealed record Await(UnixTime ActiveAt) : BidStep;
}
