using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;

namespace Market.Domain.Planning.Graphs;

/// <summary>
/// The lanes of a market and until when each is taken. Tasklets of one stage are alike, so the earliest end over lanes of
/// different speeds is exact: the first moment by which all lanes together end as many as there are.
/// </summary>
internal sealed class Lanes
{
    private readonly DeviceId[] _device;
    private readonly long[] _score;
    private readonly long[] _free;

    /// <summary>All free lanes of <paramref name="bids"/>, from now on.</summary>
    public Lanes(IEnumerable<StandingBid> bids)
    {
        var lanes = bids.Where(bid => bid.Score > 0).SelectMany(bid => Enumerable.Repeat((bid.Device, Score: (long)bid.Score), bid.FreeLanes)).ToArray();
        _device = [.. lanes.Select(lane => lane.Device)];
        _score = [.. lanes.Select(lane => lane.Score)];
        _free = new long[lanes.Length];
    }

    /// <summary>
    /// Puts <paramref name="count"/> tasklets on lanes of <paramref name="devices"/>, not before <paramref name="ready"/>.
    /// </summary>
    /// <param name="devices">Who may run them.</param>
    /// <param name="count">How many.</param>
    /// <param name="fuel">Of one.</param>
    /// <param name="ready">When they can start.</param>
    /// <param name="layout">Which lane runs which, in order of tasklets.</param>
    /// <returns>When the last one ends.</returns>
    public TimeSpan Place(IReadOnlySet<DeviceId> devices, uint count, Fuel fuel, TimeSpan ready, out ImmutableArray<LaneShare> layout)
    {
        var from = Microseconds(ready);
        var mine = Enumerable.Range(0, _device.Length).Where(lane => devices.Contains(_device[lane])).ToArray();
        if (mine.Length == 0) throw new ArgumentException("no lane may run the stage", nameof(devices));
        var each = Array.ConvertAll(mine, lane => Math.Max(1, (long)Math.Min((fuel.Units + (ulong)_score[lane] - 1) / (ulong)_score[lane], long.MaxValue / 4)));
        var end = EarliestEnd(mine, each, count, from);
        var shares = ImmutableArray.CreateBuilder<LaneShare>();
        var next = 0U;
        for (var i = 0; i < mine.Length && next < count; i++)
        {
            var start = Math.Max(_free[mine[i]], from);
            var taken = (uint)Math.Min(count - next, Math.Max(0, (end - start) / each[i]));
            if (taken == 0) continue;
            _free[mine[i]] = start + (taken * each[i]);
            shares.Add(new LaneShare(_device[mine[i]], next, taken, Span(start), Span(_free[mine[i]])));
            next += taken;
        }

        layout = shares.ToImmutable();
        return Span(end);
    }

    private long EarliestEnd(int[] lanes, long[] each, uint count, long from)
    {
        // One lane alone, the first to be free, bounds it from above.
        var (low, high) = (from, long.MaxValue);
        for (var i = 0; i < lanes.Length; i++)
        {
            var alone = (UInt128)Math.Max(_free[lanes[i]], from) + ((UInt128)each[i] * count);
            if (alone < (UInt128)high) high = (long)alone;
        }

        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (EndBy(lanes, each, middle, from, count)) high = middle;
            else low = middle + 1;
        }

        return high;
    }

    private bool EndBy(int[] lanes, long[] each, long end, long from, uint count)
    {
        long ended = 0;
        for (var i = 0; i < lanes.Length && ended < count; i++) ended += Math.Max(0, (end - Math.Max(_free[lanes[i]], from)) / each[i]);
        return ended >= count;
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static TimeSpan Span(long microseconds) => new(Math.Min(microseconds, long.MaxValue / TimeSpan.TicksPerMicrosecond) * TimeSpan.TicksPerMicrosecond);
}
