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

    /// <summary>By the speed of the newest beats; null before the first tasklet has ended.</summary>
    private static TimeSpan? EndByBeats(RunningLease lease)
    {
        var (at, done) = (lease.LeasedAt, 0U);
        var heard = new List<ProgressBeat> { new(at, done) };
        foreach (var beat in lease.Beats)
        {
            if (beat.At <= heard[^1].At || beat.Done < heard[^1].Done || beat.Done > lease.Count) continue;
            heard.Add(beat);
        }

        var last = heard[^1];
        if (last.Done == 0) return Pessimistic(lease, last.At);
        if (last.Done == lease.Count) return last.At;
        var from = heard[Math.Max(0, heard.Count - 1 - Window)];
        if (last.Done == from.Done) from = heard[0];
        var each = (last.At - from.At) / (last.Done - from.Done);
        return last.At + (each * (lease.Count - last.Done));
    }

    /// <summary>Nothing ended by <paramref name="at"/>: at best the first tasklet ends just then, and the others take as long.</summary>
    private static TimeSpan? Pessimistic(RunningLease lease, TimeSpan at)
    {
        var first = at - lease.LeasedAt;
        return first * lease.Count > lease.Expected ? lease.LeasedAt + (first * lease.Count) : null;
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
