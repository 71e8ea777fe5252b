using System.Globalization;
using Market.Domain.Jobs;
using Market.Domain.Money;

namespace Market.Domain.Scheduling;

/// <summary>Why a scheduler decided as it did.</summary>
public enum ReasonCode
{
    /// <summary>It will end in time.</summary>
    OnTime,

    /// <summary>It will end after its due time, where the device loses more than by handing it back.</summary>
    WillBeLate,

    /// <summary>Another device would end it earlier.</summary>
    FasterElsewhere,

    /// <summary>Another device would end it earlier, but too little to pay twice for it.</summary>
    GainTooSmall,

    /// <summary>Another device would end it earlier, but the budget does not reach.</summary>
    NoBudget,

    /// <summary>No other device has a free lane for it.</summary>
    NoLane,

    /// <summary>Nothing was heard of its device, which is to show that it is there.</summary>
    Silent,

    /// <summary>Its device was summoned and has time to appear.</summary>
    Summoned,

    /// <summary>Devices hold the data and have room for the work.</summary>
    HoldsData,

    /// <summary>No device that holds the data has room for the work within the reserve.</summary>
    HoldersTooFew,

    /// <summary>The same module, input and limits gave a result before.</summary>
    KnownResult,

    /// <summary>Another tasklet of the job has the same module, input and limits.</summary>
    SameAsAnother,
}

/// <summary>A decision's reason, with the numbers that it rests on: a value for the job's log.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Expected">What is expected as things are; null where time does not matter.</param>
/// <param name="Instead">What is compared with it.</param>
/// <param name="Cost">What it costs, or would.</param>
public sealed record Reason(ReasonCode Code, TimeSpan? Expected = null, TimeSpan? Instead = null, Amount? Cost = null)
{
    /// <summary>One line; amounts in base units.</summary>
    public override string ToString() => Describe(amount => amount.ToString());

    /// <summary>One line.</summary>
    /// <param name="money">How amounts are written.</param>
    public string Describe(Func<Amount, string> money) => Code switch
    {
        ReasonCode.OnTime => $"ends in {Time(Expected)}, in time",
        ReasonCode.WillBeLate => $"ends in {Time(Expected)} and is due in {Time(Instead)}",
        ReasonCode.FasterElsewhere => $"ends in {Time(Expected)}; another device ends it in {Time(Instead)} for {Money(money)}",
        ReasonCode.GainTooSmall => $"ends in {Time(Expected)}; another device would need {Time(Instead)}, too little gained",
        ReasonCode.NoBudget => $"ends in {Time(Expected)}; {Money(money)} for another device is more than is left",
        ReasonCode.NoLane => $"ends in {Time(Expected)}; no other lane is free",
        ReasonCode.Silent => $"nothing heard of it, and due in {Time(Expected)}; within {Time(Instead)} it has to appear",
        ReasonCode.Summoned => $"has {Time(Expected)} to appear",
        ReasonCode.HoldsData => "these devices hold the data and have room",
        ReasonCode.HoldersTooFew => "devices that hold the data have no room for the work",
        ReasonCode.KnownResult => "bought before: same module, input and limits",
        _ => "another tasklet of this job has the same module, input and limits",
    };

    private string Money(Func<Amount, string> money) => money(Cost ?? Amount.Zero);

    private static string Time(TimeSpan? time) => (time ?? TimeSpan.Zero).TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s";
}

/// <summary>What a scheduler wants done about a lease, and why.</summary>
public abstract record LeaseDecision(RunningLease Lease, Reason Why);

/// <summary>Nothing.</summary>
public sealed record KeepLease(RunningLease Lease, Reason Why) : LeaseDecision(Lease, Why);

/// <summary>The device gives the range back now, so that others get it before it is due.</summary>
public sealed record HandBack(RunningLease Lease, Reason Why) : LeaseDecision(Lease, Why);

/// <summary>The consumer has the silent device show that it is there; if it does not, others get the range before it is due.</summary>
public sealed record Summon(RunningLease Lease, Reason Why) : LeaseDecision(Lease, Why);

/// <summary>The consumer buys the range a second time; whoever commits first is used, and both are paid if both deliver.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Cost">What the second one costs at most.</param>
/// <param name="Why">Why.</param>
public sealed record Speculate(RunningLease Lease, Amount Cost, Reason Why) : LeaseDecision(Lease, Why);

/// <summary>One line of a job's log.</summary>
/// <param name="At">When, from posting.</param>
/// <param name="Stage">About which stage.</param>
/// <param name="Decision">What was decided.</param>
public sealed record ScheduleEntry(TimeSpan At, StageId Stage, LeaseDecision Decision);
