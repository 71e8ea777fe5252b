using Market.Domain.Identity;

namespace Market.Domain.Leases;

/// <summary>Where a lease stands; numbers as in the contract. It may forget final states: events are the record.</summary>
public enum LeaseState : byte
{
    /// <summary>Unknown to the contract.</summary>
    None = 0,

    /// <summary>Given to a device, which runs it until the due time.</summary>
    Leased = 1,

    /// <summary>The device committed a result root; the challenge window runs.</summary>
    Committed = 2,

    /// <summary>Final and paid.</summary>
    Settled = 3,

    /// <summary>The device did not commit in time; the range is free again.</summary>
    Expired = 4,

    /// <summary>The device handed the range back.</summary>
    Declined = 5,

    /// <summary>Somebody challenged the result and the verdict module judges.</summary>
    Disputed = 6,

    /// <summary>Fell with its device, was proven wrong or was not delivered; the range is free again.</summary>
    Voided = 7,
}

/// <summary>What happens to a lease, as its events report.</summary>
public enum LeaseStep
{
    /// <summary>The match gave it out.</summary>
    Lease,

    /// <summary>The operator committed the result root.</summary>
    Commit,

    /// <summary>The consumer accepted, or the window passed, or a trusted device committed.</summary>
    Settle,

    /// <summary>The consumer summoned the device, which it does not hear of.</summary>
    Summon,

    /// <summary>The summoned device showed that it is there.</summary>
    Appear,

    /// <summary>Due time and grace passed without a commitment, or a summoned device did not appear.</summary>
    Expire,

    /// <summary>The operator handed it back.</summary>
    Decline,

    /// <summary>Somebody challenged the result.</summary>
    Dispute,

    /// <summary>The dispute was decided for the device: the result is payable.</summary>
    Uphold,

    /// <summary>Proven wrong, not delivered on demand, or fallen with its device.</summary>
    Void,
}

/// <summary>
/// A lease's life. Settled, Expired, Declined and Voided are final: a range given out again is another lease with the
/// next attempt.
/// <code>
/// None --Lease--> Leased --Commit--> Committed --Settle--> Settled     (Summon and Appear leave a lease Leased)
///                   |                  ^   |
///                   |            Uphold|   |Dispute
///                   |                Disputed
///                   |--Expire--> Expired
///                   |--Decline-> Declined
///                   \--Void--> Voided (also from Committed and Disputed)
/// </code>
/// </summary>
public static class LeaseLifecycle
{
    /// <summary>The state after <paramref name="step"/>, or null if it is not allowed from <paramref name="state"/>.</summary>
    public static LeaseState? Next(LeaseState state, LeaseStep step) => (state, step) switch
    {
        (LeaseState.None, LeaseStep.Lease) => LeaseState.Leased,
        (LeaseState.Leased, LeaseStep.Summon or LeaseStep.Appear) => LeaseState.Leased,
        (LeaseState.Leased, LeaseStep.Commit) => LeaseState.Committed,
        (LeaseState.Leased, LeaseStep.Expire) => LeaseState.Expired,
        (LeaseState.Leased, LeaseStep.Decline) => LeaseState.Declined,
        (LeaseState.Committed, LeaseStep.Settle) => LeaseState.Settled,
        (LeaseState.Committed, LeaseStep.Dispute) => LeaseState.Disputed,
        (LeaseState.Disputed, LeaseStep.Uphold) => LeaseState.Committed,
        (LeaseState.Leased or LeaseState.Committed or LeaseState.Disputed, LeaseStep.Void) => LeaseState.Voided,
        _ => null,
    };

    /// <summary>The last second in which a lease cannot expire.</summary>
    /// <param name="due">When it is due.</param>
    /// <param name="graceSeconds">From due to expiry.</param>
    /// <param name="appearBy">Until when its device must appear; null if it need not.</param>
    public static UnixTime ExpiresAt(UnixTime due, uint graceSeconds, UnixTime? appearBy)
    {
        var last = due.Plus(graceSeconds);
        return appearBy < last ? appearBy.Value : last;
    }

    /// <summary>Whether no step leaves <paramref name="state"/>.</summary>
    public static bool IsFinal(LeaseState state) =>
        state is LeaseState.Settled or LeaseState.Expired or LeaseState.Declined or LeaseState.Voided;
}
