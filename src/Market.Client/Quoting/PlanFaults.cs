using Market.Client.Faults;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;

namespace Market.Client.Quoting;

/// <summary>Puts a planner's refusal into words: what excluded whom, and the cheapest change that would help.</summary>
public static class PlanFaults
{
    /// <summary>A refusal of a stage as a fault with its fix.</summary>
    public static MarketFault Of(NoPlan none, StageSpec job, Asset asset)
    {
        var fix = none.Changes.IsEmpty ? "market book show" : string.Join("; or ", none.Changes.Take(3).Select(change => Describe(change, asset)));
        return none.Reason switch
        {
            Refusal.FuelLimitTooLow => new("E2301", ExitCode.FileInvalid, $"limits.fuel {job.Limits.Fuel} is less than the local run needed, so tasklets would run out of fuel; nothing was sent.", fix),
            Refusal.TaskletTooLong => new("E2105", ExitCode.FileInvalid, $"One tasklet needs more than any device can do within limits.time {Duration.Format(job.Limits.Time)}; nothing was sent.", fix),
            Refusal.BudgetTooSmall => new("E2106", ExitCode.FileInvalid, "The budget is below the lowest price there is; nothing was sent.", fix),
            Refusal.WindowTooLong => new("E2109", ExitCode.FileInvalid, $"sla.window {Duration.Format(job.Sla.Window ?? TimeSpan.Zero)} is longer than this market allows; nothing was sent.", fix),
            _ => new("E2104", ExitCode.NoProvider, NoDevice(none.Live, none.Excluded), fix),
        };
    }

    /// <summary>Why no device matches.</summary>
    public static string NoDevice(int live, IReadOnlyDictionary<Exclusion, int> excluded)
    {
        if (live == 0) return "No provider matches: the market has no live bids; nothing was sent.";
        var reasons = excluded.OrderByDescending(pair => pair.Value).Select((pair, i) => $"{pair.Key.Describe()}{(i == 0 ? " excludes" : "")} {pair.Value}");
        return $"No provider matches: {live} live; {string.Join(", ", reasons)}; nothing was sent.";
    }

    /// <summary>The cheapest change that would admit more devices, as words of the job file; empty if there is none.</summary>
    public static string ToAdmitMore(JobPlan plan, Asset asset) =>
        plan.Changes.IsEmpty ? "" : $"; to admit more: {Describe(plan.Changes[0], asset)}";

    private static string Describe(Change change, Asset asset)
    {
        var text = change switch
        {
            RaiseBudget c => $"sla.budget: {asset.Format(c.To)}",
            LowerMemory c => $"limits.memory: {c.To}",
            RaiseTime c => $"limits.time: {Duration.Format(c.To)}",
            RaiseDeadline c => $"sla.deadline: {Duration.Format(c.To)}",
            RaiseFuel c => $"limits.fuel: {c.To}",
            LowerAttestation c => $"sla.attestation: {(c.To == AttestationLevel.SelfDeclared ? "self-declared" : "benchmarked")}",
            OtherVerification c => $"sla.verification: {(c.To == Verdict.Trusted ? "trusted" : "optimistic")}",
            ShortenWindow c => $"sla.window: {Duration.Format(c.To)}",
            WaitForLanes => "wait, their lanes are busy",
            _ => throw new InvalidOperationException($"unknown change {change.GetType().Name}"),
        };
        return change.Admits == 0 ? text : $"{text} ({change.Admits} {(change.Admits == 1 ? "matches" : "match")})";
    }
}
