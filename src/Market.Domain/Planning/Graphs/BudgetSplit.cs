using System.Collections.Immutable;
using System.Numerics;
using Market.Domain.Money;

namespace Market.Domain.Planning.Graphs;

/// <summary>Splits a job's budget among its stages.</summary>
internal static class BudgetSplit
{
    /// <summary>
    /// Every stage gets the least that it needs, then what it wants, and of what is left its share; none more than its cap.
    /// </summary>
    /// <param name="budget">The job's.</param>
    /// <param name="least">What each stage needs to run at all; together not above <paramref name="budget"/>.</param>
    /// <param name="wanted">What each would take if it could; not below <paramref name="least"/>.</param>
    /// <param name="caps">Own budgets, not below <paramref name="least"/>; null has none.</param>
    /// <param name="keepOneIn">One part in so many of what is beyond the least is kept back; zero keeps nothing.</param>
    /// <returns>A budget for each; together with what is kept, exactly <paramref name="budget"/>.</returns>
    public static (ImmutableArray<Amount> Parts, Amount Kept) Of(
        Amount budget, ImmutableArray<Amount> least, ImmutableArray<Amount> wanted, ImmutableArray<Amount?> caps, uint keepOneIn)
    {
        var spare = budget.BaseUnits - Sum(least);
        var free = keepOneIn == 0 ? spare : spare - (spare / keepOneIn);
        var wishes = wanted.Zip(least, (w, l) => w.BaseUnits - l.BaseUnits).ToArray();
        var total = wishes.Aggregate(UInt128.Zero, (sum, wish) => sum + wish);
        var parts = ImmutableArray.CreateBuilder<Amount>(least.Length);
        for (var i = 0; i < least.Length; i++)
        {
            var part = free >= total
                ? wanted[i].BaseUnits + Share(free - total, wanted[i].BaseUnits, Sum(wanted))
                : least[i].BaseUnits + Share(free, wishes[i], total);
            parts.Add(new Amount(caps[i] is { } cap ? UInt128.Min(part, cap.BaseUnits) : part));
        }

        return (parts.ToImmutable(), new Amount(budget.BaseUnits - Sum(parts)));
    }

    /// <summary>All together.</summary>
    public static UInt128 Sum(IEnumerable<Amount> amounts) => amounts.Aggregate(UInt128.Zero, (sum, amount) => checked(sum + amount.BaseUnits));

    /// <summary>part of whole, out of amount, rounded down.</summary>
    private static UInt128 Share(UInt128 amount, UInt128 part, UInt128 whole) =>
        whole == 0 ? 0 : (UInt128)((BigInteger)amount * part / whole);
}
