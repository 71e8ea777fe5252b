using System.Collections.Immutable;
using Market.Domain.Planning.Graphs;

namespace Market.Bench.Schedule;

/// <summary>What a schedule is compared with.</summary>
internal static class Bounds
{
    /// <summary>No schedule is faster: the critical path on the fastest lane, and the moment by which all lanes that are up could have done all work.</summary>
    public static double Lower(ImmutableArray<VirtualDevice> devices, GraphRequest request)
    {
        var path = request.Stages.Sum(stage => stage.Fuel.Likely.Units / devices.Max(device => device.Speed));
        var work = request.Stages.Sum(stage => (double)stage.Fuel.Likely.Units * stage.Likely);
        return Math.Max(path, Earliest(time => devices.Sum(device => device.UpWithin(0, time) * device.Speed * device.Bid.Lanes) >= work));
    }

    /// <summary>
    /// Static assignment: when a stage opens, every device that is up gets its part by attested speed, and nothing is given
    /// out twice. No overheads, no noise: as good as it can be.
    /// </summary>
    public static double Static(ImmutableArray<VirtualDevice> devices, GraphRequest request)
    {
        var now = 0.0;
        foreach (var stage in request.Stages)
        {
            var up = devices.Where(device => device.IsUp(now)).ToArray();
            var capacity = up.Sum(device => (double)device.Bid.Score * device.Bid.Lanes);

            // With fewer tasklets than lanes the fastest get one each.
            var shares = stage.Likely < up.Sum(device => device.Bid.Lanes)
                ? up.OrderByDescending(device => device.Bid.Score).SelectMany(device => Enumerable.Repeat((device, Tasklets: 1.0), device.Bid.Lanes)).Take((int)stage.Likely)
                : up.Select(device => (device, Tasklets: Math.Ceiling(stage.Likely * (device.Bid.Score * device.Bid.Lanes / capacity) / device.Bid.Lanes)));
            var start = now;
            now = shares.Max(share =>
            {
                var busy = share.Tasklets * stage.Fuel.Likely.Units / share.device.Speed;
                return start + Earliest(time => share.device.UpWithin(start, start + time) >= busy);
            });
        }

        return now;
    }

    private static double Earliest(Func<double, bool> enough)
    {
        var (low, high) = (0.0, 1.0);
        while (!enough(high)) (low, high) = (high, high * 2);
        while (high - low > 0.01)
        {
            var middle = (low + high) / 2;
            if (enough(middle)) high = middle;
            else low = middle;
        }

        return high;
    }
}
