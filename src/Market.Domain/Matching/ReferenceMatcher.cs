using System.Collections.Immutable;
using Market.Domain.Money;

namespace Market.Domain.Matching;

/// <summary>
/// The market's pricing rule by its definition, flat-cost VCG with a reserve: the cheapest bids win, and a winner is paid what the rest
/// of the market would have to be paid more for the same work without it, missing supply at the reserve. PricingLib in the contracts
/// computes the same in one pass over the book; vectors and tests hold the two together. For one round of protocol size: beyond
/// maxFills winners, or lookAhead rejected bids, the contract approximates.
/// </summary>
public static class ReferenceMatcher
{
    /// <summary>Allocates <paramref name="demand"/> tasklets.</summary>
    /// <param name="sellers">In order of arrival, which decides between equal prices.</param>
    /// <param name="demand">Tasklets asked for.</param>
    /// <param name="reserve">No bid above it wins, and none is paid more.</param>
    /// <returns>The winners, cheapest first.</returns>
    public static ImmutableArray<Award> Match(IEnumerable<Seller> sellers, uint demand, Tick reserve)
    {
        // A stable sort: equal prices keep the order of arrival.
        Seller[] eligible = [.. sellers.Where(s => s.Capacity > 0 && s.Tick <= reserve).OrderBy(s => s.Tick)];
        var total = Allocate(eligible, demand, reserve, without: null, out var counts);

        var awards = ImmutableArray.CreateBuilder<Award>();
        for (var i = 0; i < eligible.Length && counts[i] > 0; i++)
        {
            var (seller, count) = (eligible[i], counts[i]);
            var others = total - (seller.Tick.Price.Raw * count);
            var displaced = Allocate(eligible, demand, reserve, without: i, out _) - others;
            awards.Add(new Award(seller.Device, seller.Tick, count, new UnitPrice(displaced / count)));
        }

        return awards.ToImmutable();
    }

    /// <summary>What the cheapest allocation costs per Mfuel of a tasklet, what nobody takes at the reserve. Below 2^101: it fits.</summary>
    private static UInt128 Allocate(Seller[] sellers, uint demand, Tick reserve, int? without, out uint[] counts)
    {
        counts = new uint[sellers.Length];
        UInt128 cost = 0;
        for (var i = 0; i < sellers.Length && demand > 0; i++)
        {
            if (i == without) continue;
            counts[i] = Math.Min(sellers[i].Capacity, demand);
            demand -= counts[i];
            cost += sellers[i].Tick.Price.Raw * counts[i];
        }

        return cost + (reserve.Price.Raw * demand);
    }
}
