using System.Collections.Immutable;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Domain.Planning;

/// <summary>What the planner turns into terms.</summary>
public sealed record PlanRequest
{
    /// <summary>What the user asked for; the deadline is what the stage may take.</summary>
    public required StageSpec Stage { get; init; }

    /// <summary>Number of tasklets.</summary>
    public required uint Total { get; init; }

    /// <summary>Fuel that the local run used.</summary>
    public required Fuel Measured { get; init; }

    /// <summary>Most that may be escrowed.</summary>
    public required Amount Budget { get; init; }

    /// <summary>Who pays.</summary>
    public required Address Consumer { get; init; }

    /// <summary>The offer's nonce.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>Hash of the offer's work.</summary>
    public required Hash256 Work { get; init; }
}

/// <summary>The market at one block.</summary>
/// <param name="Now">The block's time.</param>
/// <param name="Rules">What the deployment fixed.</param>
/// <param name="Bids">Standing bids of every book that the job might use.</param>
public sealed record MarketSnapshot(UnixTime Now, MarketRules Rules, ImmutableArray<StandingBid> Bids);

/// <summary>Choices that the planner makes for every job.</summary>
/// <param name="MinLeaseSeconds">Shortest lease: fetching, compiling and committing take their time too.</param>
/// <param name="ReserveSteps">Ticks between the dearest bid that the reserve should admit and the reserve.</param>
/// <param name="SpreadSteps">How many ticks dearer lanes may be that only make the job faster; 32 is twice the price.</param>
/// <param name="BondBps">Bond of a lease in ten-thousandths of its value at the reserve.</param>
/// <param name="WindowSeconds">Challenge window where the job names none.</param>
/// <param name="Rounds">
/// Leases that a lane should run one after another, if they are not shorter than <paramref name="MinLeaseSeconds"/> then.
/// More of them cost more gas, and a slow or lost device costs less time.
/// </param>
public sealed record PlannerOptions(
    uint MinLeaseSeconds = 30, int ReserveSteps = 4, int SpreadSteps = 32, ushort BondBps = 20_000, uint WindowSeconds = 3_600, uint Rounds = 1);
