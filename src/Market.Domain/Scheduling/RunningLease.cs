using System.Collections.Immutable;
using Market.Domain.Identity;

namespace Market.Domain.Scheduling;

/// <summary>A device's word on how far a lease is. Moments are lengths of time from any one beginning.</summary>
/// <param name="At">When it was said.</param>
/// <param name="Done">Tasklets of the lease that have ended.</param>
public readonly record struct ProgressBeat(TimeSpan At, uint Done);

/// <summary>A lease that is running, as a scheduler sees it.</summary>
/// <param name="Device">Who runs it.</param>
/// <param name="First">First tasklet of its range.</param>
/// <param name="Count">Tasklets in its range.</param>
/// <param name="Lanes">How many of them run at once.</param>
/// <param name="LeasedAt">When it was given.</param>
/// <param name="Due">When it must be committed.</param>
/// <param name="Expected">How long it takes at the attested speed and the measured fuel.</param>
/// <param name="Beats">What was heard, oldest first; a beat that goes back is a lie and counts for nothing.</param>
public sealed record RunningLease(DeviceId Device, uint First, uint Count, uint Lanes, TimeSpan LeasedAt, TimeSpan Due, TimeSpan Expected, ImmutableArray<ProgressBeat> Beats)
{
    /// <summary>Whether its device may still be summoned for it: once for each lease, and not where it is known to be there though it is not heard.</summary>
    public bool MaySummon { get; init; }

    /// <summary>Until when its summoned device must appear; null if it need not.</summary>
    public TimeSpan? AppearBy { get; init; }

    /// <summary>When it was last heard of; when it was given, if never.</summary>
    public TimeSpan HeardAt => Beats.IsEmpty ? LeasedAt : Beats[^1].At;
}
