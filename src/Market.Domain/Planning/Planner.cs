using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;

namespace Market.Domain.Planning;

/// <summary>
/// Turns a job and a look at the market into terms. The reserve follows from the budget and the bids, the lease's
/// length from the lanes: as short as lets every lane take part, so that work spreads and a lost device costs little.
/// </summary>
public static class Planner
{
    /// <summary>Fuel limit where the job names none, as a multiple of the local run.</summary>
    public const ulong FuelHeadroom = 2;

    /// <summary>Plans, or says why not and what would help.</summary>
    public static PlanOutcome Plan(PlanRequest request, MarketSnapshot snapshot, PlannerOptions options)
    {
        var job = request.Stage;
        var limit = job.Limits.Fuel ?? new Fuel(Math.Max(1, request.Measured.Units) * FuelHeadroom);
        if (limit.Units < request.Measured.Units)
        {
            return Refuse(Refusal.FuelLimitTooLow, new RaiseFuel(new Fuel(request.Measured.Units * FuelHeadroom), 0));
        }

        var window = Window(job.Sla, options);
        if (window > snapshot.Rules.MaxWindowSeconds)
        {
            return Refuse(Refusal.WindowTooLong, new ShortenWindow(TimeSpan.FromSeconds(snapshot.Rules.MaxWindowSeconds), 0));
        }

        if (limit.MfuelUp > uint.MaxValue) return Refuse(Refusal.TaskletTooLong);
        var mfuel = (uint)limit.MfuelUp;
        var seconds = (ulong)Math.Max(1, job.Limits.Time.TotalSeconds);
        var leastScore = (mfuel + seconds - 1) / seconds;
        if (leastScore > ushort.MaxValue) return Refuse(Refusal.TaskletTooLong, new RaiseTime(TimeSpan.FromSeconds((mfuel / ushort.MaxValue) + 1), 0));
        var draft = new Draft(request, snapshot, options, mfuel, (ushort)leastScore, window);
        if (draft.DearestTick() is not { } ceiling)
        {
            return Refuse(Refusal.BudgetTooSmall, new RaiseBudget(draft.EscrowAt(CheapestBid(snapshot) ?? new Tick(0)), 0));
        }

        return (PlanOutcome?)draft.Best(ceiling) ?? Advice.NoDevice(request, snapshot, draft, ceiling);
    }

    private static uint Window(SlaSpec sla, PlannerOptions options) =>
        sla.Verification == Verdict.Trusted ? 0 : (uint)(sla.Window?.TotalSeconds ?? options.WindowSeconds);

    private static Tick? CheapestBid(MarketSnapshot snapshot) => snapshot.Bids.IsEmpty ? null : snapshot.Bids.Min(bid => bid.Tick);

    private static NoPlan Refuse(Refusal reason, params Change[] changes) =>
        new(reason, 0, ImmutableSortedDictionary<Exclusion, int>.Empty, [.. changes]);
}
