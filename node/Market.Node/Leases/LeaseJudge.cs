using System.Collections.Immutable;
using Market.Domain.Leases;
using Market.Domain.Scheduling;

namespace Market.Node.Leases;

/// <summary>
/// Judges one running lease of this device by its own progress. What it cannot commit in time it hands back while others can
/// still make it: that costs less than letting it expire, and the consumer waits less.
/// </summary>
/// <param name="lease">The lease.</param>
/// <param name="lanes">Lanes that run it.</param>
internal sealed class LeaseJudge(Lease lease, uint lanes)
{
    /// <summary>Beats in the time that the lease has: progress between them is more than noise, and few pass before a slowdown shows.</summary>
    public const int Beats = 20;

    /// <summary>Beats in a row that must say the same. The forecast looks at three; with one more, a pause that is over weighs nothing.</summary>
    public const int Agreement = 4;

    private static readonly TimeSpan ShortestBeat = TimeSpan.FromSeconds(1);
    private ImmutableArray<ProgressBeat> _beats = [];
    private TimeSpan _began;
    private TimeSpan _beat;
    private TimeSpan _last;
    private uint _doneBefore;
    private int _late;
    private bool _started;

    /// <summary>Looks at the lease.</summary>
    /// <param name="now">The moment, from any one beginning.</param>
    /// <param name="done">Tasklets that have ended, of this run and of earlier ones.</param>
    /// <param name="left">Until the chain takes no result any more.</param>
    /// <returns>That it is to be handed back; null while it is not.</returns>
    public HandBack? Look(TimeSpan now, uint done, TimeSpan left)
    {
        if (!_started)
        {
            (_started, _began, _last, _doneBefore) = (true, now, now, done);
            _beat = left / Beats > ShortestBeat ? left / Beats : ShortestBeat;
            return null;
        }

        if (now < _last + _beat) return null;
        _last = now;
        _beats = _beats.Add(new ProgressBeat(now, done - _doneBefore));

        // What it should take is all that it has: only its own beats show that it takes longer.
        var end = now + left;
        var seen = new RunningLease(lease.Device, lease.First, lease.Count - _doneBefore, lanes, _began, end, end - _began, _beats);
        if (LeaseScheduler.ForDevice(seen, now, ScheduleOptions.Default) is not HandBack back)
        {
            _late = 0;
            return null;
        }

        return ++_late < Agreement ? null : back;
    }
}
