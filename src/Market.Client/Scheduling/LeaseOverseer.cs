using System.Collections.Immutable;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Client.Explaining;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Scheduling;
using Market.Transport.Peers;

namespace Market.Client.Scheduling;

/// <summary>A lease that runs, as the chain has it.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Key">Its key.</param>
/// <param name="LeasedAt">When it was given.</param>
/// <param name="Due">When it must be committed.</param>
/// <param name="Summoned">Whether its device was ever summoned for it.</param>
/// <param name="AppearBy">Until when it must appear; null if it need not, or did.</param>
internal sealed record WatchedLease(Lease Lease, LeaseKey Key, UnixTime LeasedAt, UnixTime Due, bool Summoned, UnixTime? AppearBy)
{
    public static WatchedLease Of(LeaseView l) => new(l.Lease, l.Key, l.LeasedAt, l.Due, l.Summoned, l.AppearBy);

    public static WatchedLease Of(LeaseEntry l) => new(l.Lease, l.Key, l.Given.Time, l.Due, l.Summoned, l.AppearBy);
}

/// <summary>What a look at a stage rests on.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Terms">Its offer's terms.</param>
/// <param name="Leases">Its running leases that have no second copy.</param>
/// <param name="Needed">When all of them must have ended; who ends earlier is left alone.</param>
/// <param name="Kept">What may be spent on second copies.</param>
/// <param name="Now">Block time.</param>
internal sealed record StageWatch(StageId Stage, Terms Terms, ImmutableArray<WatchedLease> Leases, UnixTime Needed, Amount Kept, UnixTime Now);

/// <summary>
/// Looks after the running leases of a job while its consumer is attached: every few seconds it asks their devices, lets
/// <see cref="LeaseScheduler"/> decide, and writes what is decided anew into the job's log.
/// </summary>
internal sealed class LeaseOverseer(
    string job, Asset asset, Heartbeats heartbeats, Func<ClassKey, CancellationToken, Task<ImmutableArray<StandingBid>>> book, uint feeBps, uint summonsSeconds, DecisionLog log, TimeProvider time)
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    private const uint Whole = 10_000;
    private readonly ScheduleOptions _options = ScheduleOptions.Default with { Summons = TimeSpan.FromSeconds(summonsSeconds) };

    // They appeared when summoned, and still nothing is heard of them: something between them and us, for which they pay no second time.
    private readonly HashSet<DeviceId> _outOfHearing = [];
    private readonly long _began = time.GetTimestamp();
    private readonly Dictionary<StageId, TimeSpan> _lookedAt = [];
    private readonly Dictionary<LeaseKey, TimeSpan> _leasedAt = [];
    private readonly Dictionary<LeaseKey, string> _logged = [];
    private readonly Dictionary<DeviceId, uint> _lanes = [];

    /// <summary>The last moment at which a range that fell could still be given to others. Leases that end before are left alone.</summary>
    public static UnixTime NeededOf(Terms terms, uint graceSeconds) => new(terms.Deadline.Seconds > graceSeconds ? terms.Deadline.Seconds - graceSeconds : 0);

    /// <summary>Decides, if it is time to; nothing otherwise.</summary>
    public async Task<ImmutableArray<LeaseDecision>> LookAsync(StageWatch watch, Func<IReadOnlyDictionary<DeviceId, Peer>> peers, CancellationToken cancel)
    {
        var now = time.GetElapsedTime(_began);
        if (watch.Leases.IsEmpty || (_lookedAt.TryGetValue(watch.Stage, out var last) && now - last < Beat)) return [];
        _lookedAt[watch.Stage] = now;
        var known = peers();
        await heartbeats.ListenAsync([.. watch.Leases.Select(l => (l.Key, known.GetValueOrDefault(l.Lease.Device)))], now, cancel);
        var running = watch.Leases.ToDictionary(l => l.Lease.First);
        var needed = now + Until(watch.Needed, watch.Now);
        _outOfHearing.UnionWith(watch.Leases.Where(l => l is { Summoned: true, AppearBy: null }).Select(l => l.Lease.Device));
        _outOfHearing.ExceptWith(watch.Leases.Where(l => heartbeats.Of(l.Key) is [.., { At: var at }] && at == now).Select(l => l.Lease.Device));
        RunningLease[] seen = [.. watch.Leases.Select(l => Seen(l, watch, now))];

        // While all will be in time nobody else is needed, and the book need not be read.
        var late = seen.Any(l => Forecast.Of(l, now, _options.Silence).End > needed);
        var spare = late ? Spare(watch, await BookAsync(watch, cancel)) : new SpareLanes(0, TimeSpan.Zero, Amount.Zero);
        var decisions = LeaseScheduler.ForConsumer(seen, spare, watch.Kept, needed, now, _options);
        foreach (var decision in decisions) Log(watch, running[decision.Lease.First], decision);
        return decisions;
    }

    /// <summary>Writes what became of a summons or a second copy.</summary>
    public void Log(StageWatch watch, WatchedLease lease, string decision, string text) => log.Write(job, new DecisionEntry(
        watch.Now.ToString(), watch.Stage.ToString(), lease.Key.ToString(), lease.Lease.Device.Value, lease.Lease.First, lease.Lease.Count, heartbeats.Newest(lease.Key)?.Done, decision, "", null, null, null, text));

    /// <summary>Has a device appear. A refusal is written down: as a rule it has just committed or handed back.</summary>
    public async Task SummonAsync(StageWatch watch, WatchedLease lease, Func<Task<SendOutcome>> send)
    {
        var outcome = await send();
        if (outcome is not SendOutcome.Mined) Log(watch, lease, "summon-failed", $"{lease.Lease.Device} could not be summoned for {LeaseWords.Range(lease.Lease)}: {outcome.Describe()}");
    }

    private async Task<ImmutableArray<StandingBid>> BookAsync(StageWatch watch, CancellationToken cancel)
    {
        var bids = await book(watch.Terms.ClassKey, cancel);
        foreach (var bid in bids) _lanes[bid.Device] = bid.Lanes;
        return bids;
    }

    /// <summary>Block times become lengths of our own clock, so that a jump of block time moves what is due, not how fast devices are.</summary>
    private RunningLease Seen(WatchedLease lease, StageWatch watch, TimeSpan now)
    {
        if (!_leasedAt.TryGetValue(lease.Key, out var leasedAt)) _leasedAt[lease.Key] = leasedAt = now - Until(watch.Now, lease.LeasedAt);
        // The market gives no device more than it ends within four fifths of the lease, by its attested speed and the fuel limit.
        var expected = TimeSpan.FromSeconds(watch.Terms.LeaseSeconds * 4 / 5.0);
        return new RunningLease(lease.Lease.Device, lease.Lease.First, lease.Lease.Count, Lanes(lease), leasedAt, now + Until(lease.Due, watch.Now), expected, heartbeats.Of(lease.Key))
        {
            MaySummon = !lease.Summoned && !_outOfHearing.Contains(lease.Lease.Device),
            AppearBy = lease.AppearBy is { } by ? now + Until(by, watch.Now) : null,
        };
    }

    // A device may run a range on all its lanes; one that never stood in the book while we looked is taken to have one.
    private uint Lanes(WatchedLease lease) => Math.Min(lease.Lease.Count, _lanes.GetValueOrDefault(lease.Lease.Device, 1U));

    /// <summary>Lanes of devices that run none of these leases, could take the offer, and are cheap enough.</summary>
    private SpareLanes Spare(StageWatch watch, ImmutableArray<StandingBid> bids)
    {
        var terms = watch.Terms;
        var busy = watch.Leases.Select(l => l.Lease.Device).ToHashSet();
        var able = bids.Where(b => b.Tick <= terms.MaxTick && b.FreeLanes > 0 && b.Takes(terms.Verdict) && b.ValidUntil > watch.Now && b.PerLane(terms.Mfuel, terms.LeaseSeconds) > 0 && !busy.Contains(b.Device)
            && (terms.Devices.IsEmpty || terms.Devices.Contains(b.Device))).ToArray();
        if (able.Length == 0) return new SpareLanes(0, TimeSpan.Zero, Amount.Zero);
        var perTasklet = TimeSpan.FromSeconds(terms.Mfuel / able.Average(b => (double)b.Score));
        var price = terms.MaxTick.Price.CostUp(terms.Mfuel, 1).BaseUnits * (Whole + feeBps);
        return new SpareLanes((uint)able.Sum(b => b.FreeLanes), perTasklet, new Amount((price + Whole - 1) / Whole));
    }

    private void Log(StageWatch watch, WatchedLease lease, LeaseDecision decision)
    {
        var (word, does) = decision switch
        {
            Speculate => ("second-copy", "a second copy is worth its price"),
            Summon => ("summon", "it is summoned"),
            _ => ("keep", "left alone"),
        };
        var (why, what) = (decision.Why, $"{word} {decision.Why.Code}");
        if (_logged.GetValueOrDefault(lease.Key) == what) return;
        _logged[lease.Key] = what;
        var done = heartbeats.Newest(lease.Key)?.Done;
        var text = $"{lease.Lease.Device}, {LeaseWords.Range(lease.Lease)}{(done is null ? ", not heard of" : $", {done} done")}: {does}; {why.Describe(asset.Format)}";
        log.Write(job, new DecisionEntry(
            watch.Now.ToString(), watch.Stage.ToString(), lease.Key.ToString(), lease.Lease.Device.Value, lease.Lease.First, lease.Lease.Count, done, word, why.Code.ToString(),
            why.Expected?.TotalSeconds, why.Instead?.TotalSeconds, why.Cost?.ToString(), text));
    }

    private static TimeSpan Until(UnixTime then, UnixTime now) => TimeSpan.FromSeconds((double)then.Seconds - now.Seconds);
}
