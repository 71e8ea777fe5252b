using Market.Domain.Jobs;
using Market.Domain.Money;

namespace Market.Domain.Planning.Graphs;

/// <summary>Fuel of one tasklet, from the least that is likely to the most.</summary>
/// <param name="Low">Not less than this, probably.</param>
/// <param name="Likely">The middle.</param>
/// <param name="High">Not more than this, probably.</param>
public readonly record struct FuelRange(Fuel Low, Fuel Likely, Fuel High)
{
    /// <summary>Exactly this much.</summary>
    public static FuelRange Exactly(Fuel fuel) => new(fuel, fuel, fuel);
}

/// <summary>What is known of a stage before it runs.</summary>
/// <param name="Likely">Tasklets that it will probably have; at least one.</param>
/// <param name="Most">Tasklets that it may have, which budget is set aside for.</param>
/// <param name="Fuel">Of one tasklet, measured or estimated.</param>
public sealed record StageEstimate(uint Likely, uint Most, FuelRange Fuel);

/// <summary>A length of time with its uncertainty.</summary>
public readonly record struct TimeRange(TimeSpan Low, TimeSpan Likely, TimeSpan High);

/// <summary>A cost with its uncertainty.</summary>
/// <param name="Low">What devices ask for the work: no match costs less.</param>
/// <param name="Likely">What the market's rule pays if the bids stay as they are.</param>
/// <param name="High">What is escrowed: no match costs more.</param>
public readonly record struct CostRange(Amount Low, Amount Likely, Amount High);
