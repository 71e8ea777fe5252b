using Market.Domain.Money;

namespace Market.Domain.Books;

/// <summary>The numbers that a deployment fixed and that shape an offer.</summary>
/// <param name="FeeBps">The market's fee on top of the pay, in ten-thousandths.</param>
/// <param name="MaxLeaseSeconds">Longest lease.</param>
/// <param name="MaxWindowSeconds">Longest challenge window.</param>
/// <param name="GraceSeconds">After the due time, before a lease expires.</param>
/// <param name="MaxLeaseValue">Most that one optimistic lease may be worth at the reserve.</param>
/// <param name="MaxFills">Leases that one match makes.</param>
public sealed record MarketRules(ushort FeeBps, uint MaxLeaseSeconds, uint MaxWindowSeconds, uint GraceSeconds, Amount MaxLeaseValue, ushort MaxFills);
