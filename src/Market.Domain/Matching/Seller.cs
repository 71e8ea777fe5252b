using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Domain.Matching;

/// <summary>A bid as a round of matching sees it: everything that decides eligibility is in the capacity.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Tick">What it asks.</param>
/// <param name="Capacity">Tasklets of the offer that it can take now; zero if it does not fit.</param>
public readonly record struct Seller(DeviceId Device, Tick Tick, uint Capacity);

/// <summary>What a winner gets.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Tick">What it asked.</param>
/// <param name="Count">Tasklets.</param>
/// <param name="UnitPrice">What it is paid, rounded down to 2^-32 base units per Mfuel.</param>
public readonly record struct Award(DeviceId Device, Tick Tick, uint Count, UnitPrice UnitPrice);
