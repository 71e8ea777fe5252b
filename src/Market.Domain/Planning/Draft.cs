using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Planning;

/// <summary>Terms in the making: all that follows from the job alone is fixed, book, reserve and lease are not.</summary>
internal sealed class Draft(PlanRequest request, MarketSnapshot snapshot, PlannerOptions options, uint mfuel, ushort minScore, uint windowSeconds)
{
    /// <summary>Fuel limit of a tasklet.</summary>
    public uint Mfuel => mfuel;

    /// <summary>Longest lease: half the deadline, so that a lost range can run once more.</summary>
    public uint LongestLease { get; } =
        (uint)Math.Clamp(request.Stage.Sla.Deadline.TotalSeconds / 2, 1, snapshot.Rules.MaxLeaseSeconds);

    /// <summary>Highest reserve whose escrow the budget covers and whose tasklets are not worth more than a lease may be.</summary>
    public Tick? DearestTick()
    {
        var (low, high) = (-1, (int)Tick.MaxReserveIndex);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (Affordable(new Tick(middle))) low = middle;
            else high = middle - 1;
        }

        return low < 0 ? null : new Tick(low);
    }

    /// <summary>What posting takes at <paramref name="reserve"/>.</summary>
    public Amount EscrowAt(Tick reserve) => Terms(new ClassKey(RuntimeKind.Wasm, request.Stage.Sla.Attestation), reserve, 1).Escrow(snapshot.Rules.FeeBps);

    /// <summary>Which bids can serve the job below <paramref name="reserve"/>.</summary>
    public Eligibility EligibilityAt(Tick reserve) => new(request, snapshot, options, mfuel, minScore, reserve);

    /// <summary>The plan in the book that runs most of the job at once, then the one that asks least; null if no book has a device.</summary>
    public JobPlan? Best(Tick ceiling) => snapshot.Bids.Select(bid => bid.ClassKey).Distinct().Order(Comparer<ClassKey>.Create((a, b) => a.Packed.CompareTo(b.Packed)))
        .Select(book => In(book, ceiling))
        .OfType<JobPlan>()
        .OrderByDescending(plan => plan.Shares.Sum(share => share.Tasklets))
        .ThenBy(plan => plan.AtBids)
        .ThenByDescending(plan => plan.Terms.ClassKey.Packed)
        .FirstOrDefault();

    private JobPlan? In(ClassKey book, Tick ceiling)
    {
        var listed = snapshot.Bids.Where(bid => bid.ClassKey == book).OrderBy(bid => bid.Tick).ToArray();
        if (Reserve(listed, ceiling) is not { } reserve) return null;
        var eligibility = EligibilityAt(reserve);
        var lease = ShortestLease([.. Eligible(listed, eligibility, LongestLease)], eligibility);
        var bids = Eligible(listed, eligibility, lease).ToArray();
        var shares = Fill(bids, eligibility, lease);
        if (shares.IsEmpty) return null;
        var taken = (uint)shares.Sum(share => share.Tasklets);
        var rounds = (request.Total + taken - 1) / taken;
        var terms = Terms(book, reserve, lease) with { Rounds = (byte)Math.Min(rounds, Offers.Terms.MostRounds) };
        var judged = snapshot.Bids.Select(bid => bid.ClassKey == book || bid.ClassKey.Level < request.Stage.Sla.Attestation ? eligibility.Judge(bid, lease) : Exclusion.WrongClass).ToArray();
        return new JobPlan(
            terms,
            terms.Escrow(snapshot.Rules.FeeBps),
            new Amount(shares.Aggregate(UInt128.Zero, (sum, share) => sum + share.Tick.Price.CostUp(mfuel, share.Tasklets).BaseUnits)),
            shares,
            rounds,
            Duration(shares, bids, lease, rounds),
            bids.Length,
            judged.Where(reason => reason != Exclusion.None).CountBy(reason => reason).ToImmutableSortedDictionary())
        {
            Changes = Advice.ToAdmitMore(request, snapshot, this, reserve),
        };
    }

    private static IEnumerable<StandingBid> Eligible(IEnumerable<StandingBid> bids, Eligibility eligibility, uint lease) =>
        bids.Where(bid => eligibility.Judge(bid, lease) == Exclusion.None);

    private bool Affordable(Tick tick) =>
        EscrowAt(tick) <= request.Budget
        && (request.Stage.Sla.Verification != Verdict.Optimistic || tick.Price.CostUp(mfuel, 1) <= snapshot.Rules.MaxLeaseValue);

    /// <summary>The shortest lease in which all lanes together can take the part of the job that a round should; the longest allowed if none is enough.</summary>
    private uint ShortestLease(StandingBid[] bids, Eligibility eligibility)
    {
        var (low, high) = (Math.Min(options.MinLeaseSeconds, LongestLease), LongestLease);
        var part = (request.Total + options.Rounds - 1) / options.Rounds;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Total(bids, eligibility, middle) >= part) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private static UInt128 Total(IEnumerable<StandingBid> bids, Eligibility eligibility, uint lease) =>
        bids.Aggregate(UInt128.Zero, (sum, bid) => sum + eligibility.Capacity(bid, lease));

    /// <summary>
    /// The reserve: found where the cheapest bids can run the job within the longest lease, then raised so that dearer
    /// lanes make it faster, up to twice that price, and a little more for bids that move. Null if nobody can serve it.
    /// </summary>
    private Tick? Reserve(StandingBid[] bids, Tick ceiling)
    {
        Tick? marginal = null;
        foreach (var tick in bids.Select(bid => bid.Tick).Distinct())
        {
            // Bonds and lease values grow with the reserve, so each candidate is judged at its own.
            var eligibility = EligibilityAt(Least(tick.Plus(options.ReserveSteps), ceiling));
            var eligible = Eligible(bids, eligibility, LongestLease).Where(bid => bid.Tick <= tick).ToArray();
            if (eligible.Length > 0) marginal = tick;
            if (Total(eligible, eligibility, LongestLease) >= request.Total) break;
        }

        if (marginal is not { } enough) return null;
        var dearest = bids.Where(bid => bid.Tick <= Least(enough.Plus(options.SpreadSteps), ceiling)).Max(bid => bid.Tick);
        var (low, high) = (Least(enough.Plus(options.ReserveSteps), ceiling), Least(dearest.Plus(options.ReserveSteps), ceiling));

        // Larger bonds must not cost more lanes than the higher price brings.
        return Served(bids, high) >= Served(bids, low) ? high : low;
    }

    private UInt128 Served(StandingBid[] bids, Tick reserve)
    {
        var eligibility = EligibilityAt(reserve);
        return Total(Eligible(bids, eligibility, LongestLease), eligibility, LongestLease);
    }

    private static Tick Least(Tick a, Tick b) => a < b ? a : b;

    private ImmutableArray<Share> Fill(IEnumerable<StandingBid> bids, Eligibility eligibility, uint lease)
    {
        var shares = ImmutableArray.CreateBuilder<Share>();
        ulong left = request.Total;
        foreach (var bid in bids)
        {
            if (left == 0 || shares.Count == snapshot.Rules.MaxFills) break;
            var tasklets = Math.Min(left, eligibility.Capacity(bid, lease));
            if (tasklets == 0) continue;
            shares.Add(new Share(bid.Device, (uint)tasklets, bid.Tick));
            left -= tasklets;
        }

        return shares.ToImmutable();
    }

    /// <summary>Longest share at measured fuel and attested speed, for every round.</summary>
    private TimeSpan Duration(ImmutableArray<Share> shares, StandingBid[] bids, uint lease, uint rounds)
    {
        var longest = shares.Max(share =>
        {
            var bid = bids.First(bid => bid.Device == share.Device);
            // A lease holds no more lanes than it needs at the fuel limit.
            var most = bid.PerLane(mfuel, lease);
            var lanes = (share.Tasklets + most - 1) / most;
            var perLane = (share.Tasklets + lanes - 1) / lanes;
            return (ulong)((UInt128)perLane * request.Measured.Units * 1_000 / ((UInt128)Math.Max((ushort)1, bid.Score) * Jobs.Fuel.PerMfuel));
        });
        return TimeSpan.FromMilliseconds(Math.Min((double)longest * rounds, TimeSpan.FromDays(3650).TotalMilliseconds));
    }

    private Terms Terms(ClassKey book, Tick reserve, uint leaseSeconds)
    {
        var sla = request.Stage.Sla;
        // The last lease must end before the job's deadline.
        var leasable = (ulong)Math.Max(1, sla.Deadline.TotalSeconds - leaseSeconds);
        return new Terms
        {
            Consumer = request.Consumer,
            Nonce = request.Nonce,
            ClassKey = book,
            Total = request.Total,
            Mfuel = mfuel,
            MaxTick = reserve,
            LeaseSeconds = leaseSeconds,
            WindowSeconds = windowSeconds,
            Deadline = snapshot.Now.Plus(leasable),
            Verdict = sla.Verification,
            BondBps = options.BondBps,
            MinScore = minScore,
            MinMemoryMiB = EligibilityAt(reserve).MinMemoryMiB,
            Work = request.Work,
            Devices = [.. sla.Devices.Order()],
        };
    }
}
