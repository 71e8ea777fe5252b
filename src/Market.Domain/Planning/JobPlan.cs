using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Planning;

/// <summary>Either a plan or the reason why there is none.</summary>
public abstract record PlanOutcome;

/// <summary>Terms that the market can serve.</summary>
/// <param name="Terms">What would be posted.</param>
/// <param name="Escrow">What posting takes.</param>
/// <param name="AtBids">What the devices of the first round ask for their part, without fee: no match costs less.</param>
/// <param name="Shares">Who would take how much in the first round, cheapest first.</param>
/// <param name="Rounds">Rounds of leases until every tasklet has run.</param>
/// <param name="Duration">Expected time to the last result, from measured fuel and attested speed.</param>
/// <param name="Matching">Devices that could serve the offer.</param>
/// <param name="Excluded">Devices that could not, by reason.</param>
public sealed record JobPlan(
    Terms Terms,
    Amount Escrow,
    Amount AtBids,
    ImmutableArray<Share> Shares,
    uint Rounds,
    TimeSpan Duration,
    int Matching,
    ImmutableSortedDictionary<Exclusion, int> Excluded) : PlanOutcome
{
    /// <summary>Single changes of the job file that would admit more devices, the one that admits most first.</summary>
    public ImmutableArray<Change> Changes { get; init; } = [];

    /// <summary>Whether every lane that suits is taken now, and the plan is made for when they are free.</summary>
    public bool Waits { get; init; }
}

/// <summary>One device's part of a plan.</summary>
public sealed record Share(DeviceId Device, uint Tasklets, Tick Tick);

/// <summary>Why no terms were made.</summary>
public enum Refusal
{
    /// <summary>The fuel limit is below what the local run needed.</summary>
    FuelLimitTooLow,

    /// <summary>The limits ask for more than terms can express or the deadline leaves room for.</summary>
    TaskletTooLong,

    /// <summary>The budget is below the lowest price.</summary>
    BudgetTooSmall,

    /// <summary>The challenge window is longer than the market allows.</summary>
    WindowTooLong,

    /// <summary>No live device can serve the offer.</summary>
    NoDevice,
}

/// <summary>No plan.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Live">Bids that were looked at.</param>
/// <param name="Excluded">Devices by the first reason that excluded them.</param>
/// <param name="Changes">Single changes of the job file that would admit devices, the one that admits most first.</param>
public sealed record NoPlan(Refusal Reason, int Live, ImmutableSortedDictionary<Exclusion, int> Excluded, ImmutableArray<Change> Changes) : PlanOutcome;

/// <summary>One change of a job file.</summary>
/// <param name="Admits">How many devices it would admit.</param>
public abstract record Change(int Admits);

/// <summary>Raise sla.budget.</summary>
public sealed record RaiseBudget(Amount To, int Admits) : Change(Admits);

/// <summary>Lower limits.memory.</summary>
public sealed record LowerMemory(ByteSize To, int Admits) : Change(Admits);

/// <summary>Raise limits.time.</summary>
public sealed record RaiseTime(TimeSpan To, int Admits) : Change(Admits);

/// <summary>Raise sla.deadline, which bounds the lease.</summary>
public sealed record RaiseDeadline(TimeSpan To, int Admits) : Change(Admits);

/// <summary>Raise limits.fuel.</summary>
public sealed record RaiseFuel(Fuel To, int Admits) : Change(Admits);

/// <summary>Lower sla.attestation.</summary>
public sealed record LowerAttestation(AttestationLevel To, int Admits) : Change(Admits);

/// <summary>Use another sla.verification.</summary>
public sealed record OtherVerification(Verdict To, int Admits) : Change(Admits);

/// <summary>Shorten sla.window.</summary>
public sealed record ShortenWindow(TimeSpan To, int Admits) : Change(Admits);

/// <summary>Wait: every lane of these devices is busy.</summary>
public sealed record WaitForLanes(int Admits) : Change(Admits);
