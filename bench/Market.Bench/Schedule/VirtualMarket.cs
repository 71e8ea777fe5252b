using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Matching;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Domain.Planning.Graphs;
using Market.Domain.Scheduling;

namespace Market.Bench.Schedule;

/// <summary>What came of a simulated job.</summary>
internal sealed record SimulatedRun(double Seconds, int Leases, int HandedBack, int Summoned, int Expired, int SecondCopies, Amount Paid);

/// <summary>What the consumer does about slow and silent leases while it is attached.</summary>
/// <param name="Summons">It has silent devices appear.</param>
/// <param name="Copies">It buys slow ranges a second time, as the client does for jobs of one task.</param>
internal sealed record Attendance(bool Summons, bool Copies);

/// <summary>
/// A market in virtual time: blocks of a second with room for so many leases, the reference matcher, and devices that start a
/// lease after an overhead, say every five seconds how far they are, and decide as a node does. Simulation: nothing runs.
/// </summary>
internal sealed class VirtualMarket
{
    /// <summary>Seconds between blocks.</summary>
    public const double Block = 1;

    /// <summary>Calls of match in a block, 96 leases each: 68M gas at 88k for a lease's whole life.</summary>
    public const int MatchesPerBlock = 8;

    /// <summary>Seconds between two beats of a lease.</summary>
    public const double Beat = 5;

    /// <summary>Seconds until a leased range runs: the node sees the block, fetches, has compiled before.</summary>
    public const double StartUp = 1;

    /// <summary>Seconds that a summoned device has to appear.</summary>
    public const double Summons = 10;

    // Idle devices that the consumer counts on at one look: as many as a few blocks can lease.
    private const int MostWatched = 4 * MatchesPerBlock * 96;

    /// <summary>Seconds that a device is not leased again after it handed back or expired.</summary>
    public const double Rest = 600;

    private readonly ImmutableArray<VirtualDevice> _devices;
    private readonly GraphPlan _plan;
    private readonly uint _minLease;
    private readonly Attendance _attendance;
    private readonly ScheduleOptions _schedule;
    private readonly Random _random;
    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private readonly SortedSet<(ushort Tick, int Device)> _idle = [];
    private readonly int[] _freeLanes;
    private readonly double[] _restUntil;
    private readonly List<LiveLease> _running = [];
    private readonly LinkedList<(uint First, uint Count)> _waiting = new();
    private readonly LinkedList<(uint First, uint Count)> _copies = new();
    private double _now;
    private long _order;
    private Terms _terms = null!;
    private double _fuel;
    private bool[] _done = [];
    private int _left;
    private Amount _spare;
    private Amount _paid;
    private (int Leases, int HandedBack, int Summoned, int Expired, int Copies) _count;

    /// <param name="devices">The devices.</param>
    /// <param name="plan">The job's plan.</param>
    /// <param name="options">Choices that the plan was made with.</param>
    /// <param name="attendance">What the consumer does.</param>
    /// <param name="seed">Of the noise.</param>
    public VirtualMarket(ImmutableArray<VirtualDevice> devices, GraphPlan plan, PlannerOptions options, Attendance attendance, int seed)
    {
        (_devices, _plan, _minLease, _attendance, _random) = (devices, plan, options.MinLeaseSeconds, attendance, new Random(seed));
        _schedule = ScheduleOptions.Default with { Summons = attendance.Summons ? TimeSpan.FromSeconds(Summons) : null };
        _freeLanes = [.. devices.Select(device => (int)device.Bid.Lanes)];
        _restUntil = new double[devices.Length];
        _spare = plan.KeptBudget;
        for (var i = 0; i < devices.Length; i++)
        {
            _idle.Add((devices[i].Bid.Tick.Index, i));
            foreach (var (from, until) in devices[i].Outages.Take(8))
            {
                var device = i;
                At(from, () => Fail(device));
                At(until, () => Rejoin(device, from));
            }
        }
    }

    /// <summary>Runs the stages one after another; their parents are chained.</summary>
    /// <param name="request">What the plan was made of.</param>
    public SimulatedRun Run(GraphRequest request)
    {
        for (var stage = 0; stage < _plan.Stages.Length; stage++)
        {
            var count = request.Stages[stage].Likely;
            (_terms, _fuel, _done, _left) = (_plan.Stages[stage].Offer.Terms, request.Stages[stage].Fuel.Likely.Units, new bool[count], (int)count);
            _waiting.AddLast((0, count));

            // Recorded in one block, opened in the next.
            _now += 2 * Block;
            while (_left > 0) Step();
            _waiting.Clear();
            _copies.Clear();
            foreach (var lease in _running.ToArray()) End(lease, paid: false);
        }

        return new SimulatedRun(_now, _count.Leases, _count.HandedBack, _count.Summoned, _count.Expired, _count.Copies, _paid);
    }

    private void Step()
    {
        for (var call = 0; call < MatchesPerBlock && _waiting.Count + _copies.Count > 0; call++)
        {
            if (_waiting.Count > 0) Match(_waiting, _terms.LeaseSeconds, copy: false);
            else Match(_copies, CopyLease, copy: true);
        }

        if ((_attendance.Summons || (_attendance.Copies && _waiting.Count == 0)) && _now % Beat < Block) Watch();
        _now += Block;
        while (_left > 0 && _events.TryPeek(out var happens, out var at) && at.At <= _now)
        {
            _events.Dequeue();
            happens();
        }
    }

    // Second copies are offers of their own; the shortest lease spreads them over many lanes.
    private uint CopyLease => Math.Min(_terms.LeaseSeconds, _minLease);

    /// <summary>One call of match over all that waits, cheapest devices first.</summary>
    private void Match(LinkedList<(uint First, uint Count)> waiting, uint leaseSeconds, bool copy)
    {
        var demand = (uint)waiting.Sum(range => range.Count);
        var sellers = new List<Seller>();
        ulong room = 0;
        foreach (var (tick, i) in _idle)
        {
            if (tick > _terms.MaxTick.Index || sellers.Count == Population.Rules.MaxFills || room > 2UL * demand) break;
            if (!Fits(i, leaseSeconds)) continue;
            var capacity = (uint)Math.Min(demand, (ulong)_freeLanes[i] * ShareOf(i, leaseSeconds, demand, copy));
            sellers.Add(new Seller(_devices[i].Bid.Device, _devices[i].Bid.Tick, capacity));
            room += capacity;
        }

        foreach (var award in ReferenceMatcher.Match(sellers, demand, _terms.MaxTick))
        {
            if (waiting.First is not { Value: var range } first) break;

            // A lease is one range; what more the device could take it gets by the next call.
            var taken = Math.Min(award.Count, range.Count);
            if (taken == range.Count) waiting.RemoveFirst();
            else first.Value = (range.First + taken, range.Count - taken);
            var device = (int)award.Device.Value - 1;
            Lease(device, range.First, taken, ShareOf(device, leaseSeconds, demand, copy), leaseSeconds, copy, award.UnitPrice);
        }
    }

    private void Lease(int device, uint first, uint count, uint most, uint leaseSeconds, bool copy, UnitPrice price)
    {
        var lanes = (int)((count + most - 1) / most);
        var expected = Math.Ceiling((double)count / lanes) * _fuel / (_devices[device].Bid.Score * 1e6);
        var real = Math.Ceiling((double)count / lanes) * _fuel / _devices[device].Speed * Math.Exp(PopulationOptions.NoiseSigma * Population.Normal(_random));
        var lease = new LiveLease(device, first, count, lanes, copy, price, _now, _now + leaseSeconds, expected + StartUp, _now + StartUp, real);
        _count.Leases++;
        TakeLanes(device, lanes);
        _running.Add(lease);
        At(lease.Due + Population.Rules.GraceSeconds, () => Expire(lease));
        Work(lease);
    }

    /// <summary>The device runs what is left of a lease, until it goes down.</summary>
    private void Work(LiveLease lease)
    {
        if (lease.EndsAt <= _devices[lease.Device].DownAt(_now)) At(lease.EndsAt, () => Commit(lease));
        if (!_devices[lease.Device].IsSilent) At(_now + Beat, () => Report(lease));
    }

    /// <summary>The device looks at its own lease, as a node does, and says how far it is.</summary>
    private void Report(LiveLease lease)
    {
        if (lease.IsOver || !_devices[lease.Device].IsUp(_now)) return;
        lease.Beats = (lease.Beats.Length > 3 ? lease.Beats.RemoveAt(0) : lease.Beats).Add(new ProgressBeat(TimeSpan.FromSeconds(_now), lease.DoneAt(_now)));
        if (LeaseScheduler.ForDevice(lease.Seen(), TimeSpan.FromSeconds(_now), ScheduleOptions.Default) is HandBack)
        {
            _count.HandedBack++;
            Free(lease);
            return;
        }

        At(_now + Beat, () => Report(lease));
    }

    /// <summary>The consumer looks for devices that fell silent, and for leases that others would end sooner.</summary>
    private void Watch()
    {
        var seen = _running.Where(lease => !lease.IsOver && lease.CopyUntil <= _now && !lease.IsCopy).ToDictionary(lease => lease.First);
        var spare = _attendance.Copies && _waiting.Count == 0 ? Spare() : new SpareLanes(0, TimeSpan.Zero, Amount.Zero);
        var now = TimeSpan.FromSeconds(_now);
        foreach (var decision in LeaseScheduler.ForConsumer(seen.Values.Select(lease => lease.Seen()), spare, _spare, now, now, _schedule))
        {
            var lease = seen[decision.Lease.First];
            if (decision is Summon) Call(lease);
            if (decision is not Speculate copy) continue;
            _count.Copies++;
            _spare -= copy.Cost;
            lease.CopyUntil = _now + CopyLease;
            _copies.AddLast((lease.First, lease.Count));
        }
    }

    /// <summary>The device appears if it is there and no silent one; else the lease expires.</summary>
    private void Call(LiveLease lease)
    {
        _count.Summoned++;
        (lease.WasSummoned, lease.AppearBy) = (true, _now + Summons);
        At(lease.AppearBy, () =>
        {
            if (lease.IsOver) return;
            if (_devices[lease.Device].IsSilent || !_devices[lease.Device].IsUp(_now)) Expire(lease);
            else lease.AppearBy = 0;
        });
    }

    private SpareLanes Spare()
    {
        var able = _idle.Where(idle => idle.Tick <= _terms.MaxTick.Index && Fits(idle.Device, CopyLease)).Take(MostWatched).Select(idle => idle.Device).ToArray();
        if (able.Length == 0) return new SpareLanes(0, TimeSpan.Zero, Amount.Zero);
        var speed = able.Average(i => (double)_devices[i].Bid.Score);
        return new SpareLanes(
            (uint)able.Sum(i => _freeLanes[i]), TimeSpan.FromSeconds(_fuel / (speed * 1e6)), new Amount(_terms.MaxTick.Price.CostUp(_terms.Mfuel, 1).BaseUnits * (10_000u + Population.Rules.FeeBps) / 10_000));
    }

    private void Commit(LiveLease lease)
    {
        if (lease.IsOver) return;
        End(lease, paid: true);
        for (var i = lease.First; i < lease.First + lease.Count; i++)
        {
            if (_done[i]) continue;
            _done[i] = true;
            _left--;
        }
    }

    private void Expire(LiveLease lease)
    {
        if (lease.IsOver) return;
        _count.Expired++;
        Free(lease);
    }

    /// <summary>The range is leased again; the device rests.</summary>
    private void Free(LiveLease lease)
    {
        _restUntil[lease.Device] = _now + Rest;
        var device = lease.Device;
        At(_now + Rest, () => Relist(device));
        End(lease, paid: false);
        if (!lease.IsCopy) _waiting.AddFirst((lease.First, lease.Count));
    }

    private void End(LiveLease lease, bool paid)
    {
        lease.IsOver = true;
        _running.Remove(lease);
        if (paid) _paid += lease.Price.CostDown(_terms.Mfuel, lease.Count);
        TakeLanes(lease.Device, -lease.Lanes);
    }

    /// <summary>Down: its leases wait for it, or for their due time; it takes no others.</summary>
    private void Fail(int device) => _idle.Remove((_devices[device].Bid.Tick.Index, device));

    /// <summary>Up again: it goes on where it was.</summary>
    private void Rejoin(int device, double from)
    {
        Relist(device);
        foreach (var lease in _running.Where(lease => lease.Device == device))
        {
            lease.Delay += _now - from;
            Work(lease);
        }
    }

    private void Relist(int device)
    {
        if (_freeLanes[device] > 0) _idle.Add((_devices[device].Bid.Tick.Index, device));
    }

    private void TakeLanes(int device, int lanes)
    {
        _freeLanes[device] -= lanes;
        var entry = (_devices[device].Bid.Tick.Index, device);
        if (_freeLanes[device] > 0) _idle.Add(entry);
        else _idle.Remove(entry);
    }

    private bool Fits(int device, uint leaseSeconds) =>
        _restUntil[device] <= _now && _devices[device].Bid.Score >= _terms.MinScore && PerLane(device, leaseSeconds) > 0 && _devices[device].IsUp(_now);

    // Second copies are other offers, which say nothing of rounds.
    private uint ShareOf(int device, uint leaseSeconds, uint left, bool copy) => (uint)RestShare.Of(PerLane(device, leaseSeconds), left, (uint)_done.Length, copy ? 0U : _terms.Rounds);

    private uint PerLane(int device, uint leaseSeconds) => (uint)Math.Min(uint.MaxValue, _devices[device].Bid.PerLane(_terms.Mfuel, leaseSeconds));

    private void At(double time, Action happens) => _events.Enqueue(happens, (time, _order++));

    private sealed class LiveLease(
        int device, uint first, uint count, int lanes, bool isCopy, UnitPrice price, double leasedAt, double due, double expected, double startsAt, double takes)
    {
        public int Device => device;

        public uint First => first;

        public uint Count => count;

        public int Lanes => lanes;

        public bool IsCopy => isCopy;

        public UnitPrice Price => price;

        public double Due => due;

        public double EndsAt => startsAt + takes + Delay;

        // Seconds that its device was down.
        public double Delay { get; set; }

        public bool IsOver { get; set; }

        // A copy that has not come by then may have met a silent device too.
        public double CopyUntil { get; set; }

        // Until when its summoned device must appear; zero if it need not.
        public double AppearBy { get; set; }

        // It was summoned before; whoever appeared is not called again.
        public bool WasSummoned { get; set; }

        public ImmutableArray<ProgressBeat> Beats { get; set; } = [];

        public uint DoneAt(double now) => (uint)Math.Clamp(Math.Floor(Math.Max(0, now - startsAt - Delay) / takes * Math.Ceiling((double)count / lanes)) * lanes, 0, count);

        public RunningLease Seen() => new(
            new DeviceId((uint)device + 1), first, count, (uint)lanes, TimeSpan.FromSeconds(leasedAt), TimeSpan.FromSeconds(due), TimeSpan.FromSeconds(expected), Beats)
        {
            MaySummon = !WasSummoned,
            AppearBy = AppearBy > 0 ? TimeSpan.FromSeconds(AppearBy) : null,
        };
    }
}
