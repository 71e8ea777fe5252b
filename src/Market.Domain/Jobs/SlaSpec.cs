using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Jobs;

/// <summary>The service level of a job, or of a stage.</summary>
/// <param name="Deadline">From posting, or from the stage's opening, to the last result.</param>
/// <param name="Budget">Most that may be escrowed; null for a job must be given on the command line.</param>
/// <param name="Verification">How results become final.</param>
/// <param name="Devices">The only devices that may run it; one to sixteen when trusted, else empty.</param>
/// <param name="Attestation">Least attestation of a device.</param>
/// <param name="Window">Challenge window; null takes the market's own.</param>
/// <param name="Start">What a stage that reads this one waits for; where a stage says it, what that stage waits for.</param>
/// <param name="Locality">Where it runs; null is anywhere.</param>
public sealed record SlaSpec(
    TimeSpan Deadline,
    DecimalAmount? Budget,
    Verdict Verification,
    ImmutableArray<DeviceId> Devices,
    AttestationLevel Attestation,
    TimeSpan? Window,
    StartOn Start = StartOn.Committed,
    LocalitySpec? Locality = null);

/// <summary>What a stage waits for before it opens.</summary>
public enum StartOn
{
    /// <summary>
    /// Every parent's results are committed. Faster by the challenge window; if one falls later, what read it is run again
    /// within the budget, and the devices that ran it are paid all the same.
    /// </summary>
    Committed,

    /// <summary>Every parent's results are final.</summary>
    Final,
}

/// <summary>Where a stage runs.</summary>
/// <param name="Region">Region code that a device's class must carry; zero is anywhere. Devices claim it, nobody checks it.</param>
/// <param name="Near">A stage whose devices are preferred, because they hold its outputs; null prefers nobody.</param>
public sealed record LocalitySpec(byte Region, StageId? Near);

/// <summary>What happens when tasklets fail: trap, exit with another code than zero, or find no device that ends in time.</summary>
/// <param name="Retries">Further attempts at a range, each at a higher reserve within the budget.</param>
/// <param name="Then">What follows the last attempt.</param>
public sealed record FailureSpec(int Retries, AfterFailure Then)
{
    /// <summary>Two retries, then stop.</summary>
    public static FailureSpec Default { get; } = new(2, AfterFailure.Stop);

    /// <summary>Most retries: attempts are four bits of a lease on-chain, the first included.</summary>
    public const int MaxRetries = 14;
}

/// <summary>What follows the last attempt at a tasklet.</summary>
public enum AfterFailure
{
    /// <summary>No further stage opens; what was not spent returns.</summary>
    Stop,

    /// <summary>Stages that do not read the failed one go on, and what they give is delivered.</summary>
    KeepGoing,
}
