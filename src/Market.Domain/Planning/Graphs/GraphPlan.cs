using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Domain.Planning.Graphs;

/// <summary>What the planner of whole jobs turns into stages with service levels of their own.</summary>
public sealed record GraphRequest
{
    /// <summary>What the user asked for.</summary>
    public required JobSpec Job { get; init; }

    /// <summary>What is known of each of its stages, in the job's order.</summary>
    public required ImmutableArray<StageEstimate> Stages { get; init; }

    /// <summary>Most that the whole job may cost.</summary>
    public required Amount Budget { get; init; }

    /// <summary>Budgets that stages cap themselves with, in the job's order; null where they do not.</summary>
    public required ImmutableArray<Amount?> OwnBudgets { get; init; }

    /// <summary>Who pays.</summary>
    public required Address Consumer { get; init; }
}

/// <summary>Choices that the planner makes for every job of several stages.</summary>
/// <param name="Offers">Choices for each stage's offer; <see cref="PlannerOptions.Rounds"/> is the most for a long stage.</param>
/// <param name="StageOverhead">What opening, matching and recording a stage take besides running it.</param>
/// <param name="RetryShare">Which part of the budget beyond the least that is needed is kept for further attempts: one in so many.</param>
/// <param name="MaxEscalateTicks">Most ticks that the reserve rises at each further attempt.</param>
public sealed record GraphOptions(PlannerOptions Offers, TimeSpan StageOverhead, uint RetryShare = 8, int MaxEscalateTicks = 8)
{
    // Every lease costs gas and a pause before the next, a slow or lost one its time.
    private const uint Rounds = 8;

    /// <summary>Options around <paramref name="offers"/>, with four blocks of a second for each stage.</summary>
    public static GraphOptions Around(PlannerOptions offers) => new(offers with { Rounds = Rounds }, TimeSpan.FromSeconds(4));
}

/// <summary>Either a plan of the whole job or the reason why there is none.</summary>
public abstract record GraphOutcome;

/// <summary>A job cut into stages that the market can serve now.</summary>
/// <param name="Stages">In the job's order.</param>
/// <param name="KeptBudget">What no stage may spend at its first attempt. With the stages' budgets it is the job's.</param>
/// <param name="Cost">Of the whole job, fee included.</param>
/// <param name="Finish">From posting to the last result.</param>
/// <param name="CriticalPath">The stages that decide when the job ends, first to last.</param>
public sealed record GraphPlan(
    ImmutableArray<StagePlan> Stages, Amount KeptBudget, CostRange Cost, TimeRange Finish, ImmutableArray<StageId> CriticalPath) : GraphOutcome;

/// <summary>A stage's part of the job.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Slo">Its share of the service level.</param>
/// <param name="Offer">The offer that it opens with: terms, devices, what excluded the rest. Nonce, work and deadline are the opening's.</param>
/// <param name="Start">When it is expected to open, from posting.</param>
/// <param name="End">When its last result is expected, from posting.</param>
/// <param name="Layout">Which lanes are expected to run which tasklets.</param>
/// <param name="Cost">Of its first attempt, fee included.</param>
public sealed record StagePlan(StageId Stage, StageSlo Slo, JobPlan Offer, TimeSpan Start, TimeSpan End, ImmutableArray<LaneShare> Layout, CostRange Cost);

/// <summary>A stage's share of the service level: numbers that the contract can judge alone.</summary>
/// <param name="OpensBy">From posting; later, and the job's deadline is in danger.</param>
/// <param name="Deadline">From opening to the last result.</param>
/// <param name="Budget">Most that one attempt may escrow.</param>
/// <param name="Reserve">What the first attempt pays at most.</param>
/// <param name="EscalateTicks">By how much the reserve rises at each further attempt, within <paramref name="Budget"/>.</param>
/// <param name="Attempts">How often it may be opened.</param>
public sealed record StageSlo(TimeSpan OpensBy, TimeSpan Deadline, Amount Budget, Tick Reserve, ushort EscalateTicks, int Attempts);

/// <summary>Tasklets that one lane is expected to run one after another.</summary>
/// <param name="Device">Whose lane.</param>
/// <param name="First">The first tasklet.</param>
/// <param name="Count">How many from there on.</param>
/// <param name="From">When it starts, from posting.</param>
/// <param name="Until">When it ends, from posting.</param>
public readonly record struct LaneShare(DeviceId Device, uint First, uint Count, TimeSpan From, TimeSpan Until);

/// <summary>Why a job of several stages cannot be planned.</summary>
public enum GraphRefusal
{
    /// <summary>A stage alone cannot be served.</summary>
    Stage,

    /// <summary>The stages one after another take longer than the deadline.</summary>
    DeadlineTooShort,

    /// <summary>The stages together cost more than the budget.</summary>
    BudgetTooSmall,
}

/// <summary>No plan.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Stage">The stage that it is about; null for all together.</param>
/// <param name="Offer">Why that stage cannot be served.</param>
/// <param name="Deadline">The least deadline that would do, for <see cref="GraphRefusal.DeadlineTooShort"/>.</param>
/// <param name="Budget">The least budget that would do, for <see cref="GraphRefusal.BudgetTooSmall"/>.</param>
public sealed record NoGraphPlan(GraphRefusal Reason, StageId? Stage, NoPlan? Offer, TimeSpan? Deadline, Amount? Budget) : GraphOutcome;
