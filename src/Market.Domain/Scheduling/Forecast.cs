namespace Market.Domain.Scheduling;

/// <summary>How a lease is getting on.</summary>
public enum Pace
{
    /// <summary>It will end by its due time.</summary>
    OnTime,

    /// <summary>It will end later than it is due.</summary>
    Late,

    /// <summary>Nothing was heard for longer than beats may be apart.</summary>
    Silent,
}

/// <summary>When a lease will end, from what its device says.</summary>
/// <param name="Pace">How it is getting on.</param>
/// <param name="End">When it will end; for a silent one, the moment from which it can be given to others.</param>
public readonly record struct Forecast(Pace Pace, TimeSpan End)
{
    // A slowdown shows in the newest beats, noise is in all of them.
    private const int Window = 3;

    /// <summary>Judges a lease at <paramref name="now"/>.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="now">The moment.</param>
    /// <param name="silence">Nothing heard for longer is silence.</param>
    public static Forecast Of(RunningLease lease, TimeSpan now, TimeSpan silence)
    {
        if (now - lease.HeardAt > silence) return new Forecast(Pace.Silent, Later(lease.Due, now));
        var end = Later(EndByBeats(lease) ?? lease.LeasedAt + lease.Expected, now);
        return new Forecast(end > lease.Due ? Pace.Late : Pace.OnTime, end);
    }

    /// <summary>By the speed of the newest beats that said something new; null while nothing is known.</summary>
    private static TimeSpan? EndByBeats(RunningLease lease)
    {
        var (at, lanes) = (lease.LeasedAt, Math.Max(1, lease.Lanes));
        var heard = new List<ProgressBeat> { new(lease.LeasedAt, 0) };
        foreach (var beat in lease.Beats)
        {
            if (beat.At <= at || beat.Done < heard[^1].Done || beat.Done > lease.Count) continue;
            at = beat.At;
            if (beat.Done > heard[^1].Done) heard.Add(beat);
        }

        var last = heard[^1];
        var left = lease.Count - last.Done;
        if (left == 0) return last.At;

        // What a tasklet takes; while none ends, at least as long as the newest wait. Lanes end theirs at about one time.
        var waited = (at - last.At) / lanes;
        if (heard.Count == 1) return waited * lease.Count > lease.Expected ? last.At + (waited * lease.Count) : null;
        var from = heard[Math.Max(0, heard.Count - 1 - Window)];
        var each = (last.At - from.At) / (last.Done - from.Done);
        return last.At + (Later(each, waited) * left);
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
