using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Chain.Projection;

/// <summary>A device as its events tell.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Owner">Owns stake and winnings.</param>
/// <param name="Operator">Bids and hands in results.</param>
/// <param name="Endpoint">Where peers reach it.</param>
/// <param name="TransportKey">What they know it by.</param>
/// <param name="Stake">Bonds and winnings included.</param>
/// <param name="Earned">Pay of all its settled leases.</param>
/// <param name="Lost">Penalties and slashes.</param>
/// <param name="Capability">What it is known as; null until declared or attested.</param>
/// <param name="ReleaseAt">When the stake of a retired device is free; null while it is not retired.</param>
/// <param name="Slashed">Whether something was proven against it.</param>
public sealed record DeviceEntry(
    DeviceId Id,
    Address Owner,
    Address Operator,
    string Endpoint,
    Hash256 TransportKey,
    Amount Stake,
    Amount Earned,
    Amount Lost,
    CapabilityEntry? Capability,
    UnixTime? ReleaseAt,
    bool Slashed);

/// <summary>What a device was declared or attested to be: speed in Mfuel per second and memory in MiB, both per lane.</summary>
public sealed record CapabilityEntry(ClassKey ClassKey, ushort ScorePerLane, ushort MemoryMiB, ushort Lanes, UnixTime ExpiresAt);

/// <summary>A bid in a book.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Book">Where it stands.</param>
/// <param name="Tick">What it asks.</param>
/// <param name="Lanes">Tasklets at once.</param>
/// <param name="ValidUntil">When it lapses.</param>
/// <param name="VerdictMask">Bit v: takes offers of verdict v.</param>
/// <param name="Pending">A change that was announced; zero lanes mean the end of the bid.</param>
public sealed record BidEntry(
    DeviceId Device, ClassKey Book, Tick Tick, ushort Lanes, UnixTime ValidUntil, byte VerdictMask, PendingBid? Pending);

/// <summary>An announced change of a bid.</summary>
public sealed record PendingBid(Tick Tick, ushort Lanes, UnixTime ValidUntil, UnixTime ActiveAt);

/// <summary>An offer.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Terms">What was asked.</param>
/// <param name="Work">What is run.</param>
/// <param name="Escrow">Taken at posting.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Outstanding">Tasklets in open leases.</param>
/// <param name="Settled">Tasklets paid.</param>
/// <param name="Paid">To devices so far.</param>
/// <param name="Refunded">To the consumer so far, by cancelling or closing.</param>
/// <param name="Leases">All its leases, oldest first.</param>
/// <param name="Posted">The block it was posted in.</param>
public sealed record OfferEntry(
    OfferId Id,
    Terms Terms,
    Work Work,
    Amount Escrow,
    OfferState State,
    uint Outstanding,
    uint Settled,
    Amount Paid,
    Amount Refunded,
    ImmutableList<LeaseKey> Leases,
    ChainPoint Posted)
{
    /// <summary>Tasklets that no open or settled lease holds.</summary>
    public uint Unleased => Terms.Total - Outstanding - Settled;
}

/// <summary>A lease.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Lease">What was given to whom.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Due">When the result is due.</param>
/// <param name="Given">The block it was made in.</param>
/// <param name="Changed">The block of its last change.</param>
public sealed record LeaseEntry(LeaseKey Key, Lease Lease, LeaseState State, UnixTime Due, ChainPoint Given, ChainPoint Changed)
{
    /// <summary>Whether its device was ever summoned.</summary>
    public bool Summoned { get; init; }

    /// <summary>Until when its device must appear; null if it need not, or did.</summary>
    public UnixTime? AppearBy { get; init; }

    /// <summary>Root of the committed result list; null before a commitment.</summary>
    public Hash256? ResultRoot { get; init; }

    /// <summary>From when a committed result is payable; of a dispute, until when it is judged.</summary>
    public UnixTime? FinalAt { get; init; }

    /// <summary>Until when a committed result may be challenged, whatever comes of a challenge.</summary>
    public UnixTime? WindowEnd { get; init; }

    /// <summary>Whether a demand for data is open.</summary>
    public bool Demanded { get; init; }

    /// <summary>What settlement paid.</summary>
    public Amount Paid { get; init; }

    /// <summary>Whether the consumer, or trust, settled it rather than the end of a window.</summary>
    public bool Accepted { get; init; }

    /// <summary>What the device lost with it.</summary>
    public Amount Penalty { get; init; }

    /// <summary>The reason it was declined for; zero if it was not.</summary>
    public byte DeclineReason { get; init; }
}

/// <summary>What was last demanded of a lease on the chain.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Tasklet">The tasklet, by its number in the offer.</param>
/// <param name="Output">Whether a piece of its output rather than its record.</param>
/// <param name="FirstLeaf">First leaf of that piece.</param>
/// <param name="Leaves">Its leaves.</param>
/// <param name="Answer">The transaction that answered it; null while nobody did.</param>
/// <param name="Data">What it showed: the record or the piece.</param>
public sealed record DemandEntry(LeaseKey Lease, uint Tasklet, bool Output, uint FirstLeaf, byte Leaves, Hash256? Answer, HexBytes Data);
