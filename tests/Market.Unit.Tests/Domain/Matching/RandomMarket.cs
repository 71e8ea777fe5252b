using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Matching;
using Market.Domain.Money;

namespace Market.Unit.Tests.Domain.Matching;

/// <summary>A small market drawn from a seed, whose sellers' ticks are what the work truly costs them.</summary>
internal sealed class RandomMarket
{
    public static readonly DeviceId Twin = new(99);

    private RandomMarket(Random random)
    {
        Random = random;
        Sellers = [.. Enumerable.Range(1, 2 + random.Next(8)).Select(i => new Seller(new DeviceId((uint)i), new Tick(800 + random.Next(80)), 1 + (uint)random.Next(30)))];
        Demand = 1 + (uint)random.Next(80);
        Reserve = new Tick(840 + random.Next(60));
    }

    public Random Random { get; }

    public ImmutableArray<Seller> Sellers { get; }

    public uint Demand { get; }

    public Tick Reserve { get; }

    public static RandomMarket Of(int seed) => new(new Random(seed));

    public Tick SomeTick() => new(780 + Random.Next(120));

    public ImmutableArray<Award> Honest() => ReferenceMatcher.Match(Sellers, Demand, Reserve);

    /// <summary>The round in which <paramref name="me"/> bids otherwise, and comes last.</summary>
    public ImmutableArray<Award> With(Seller me, Seller[] instead) =>
        ReferenceMatcher.Match([.. Sellers.Where(s => s.Device != me.Device), .. instead], Demand, Reserve);

    /// <summary>Pay less true cost, of both identities.</summary>
    public static Int128 Profit(IEnumerable<Award> awards, Seller me) => Sum(awards, me, a => a.UnitPrice);

    public static Int128 ProfitAsBid(IEnumerable<Award> awards, Seller me) => Sum(awards, me, a => a.Tick.Price);

    /// <summary>Everyone is paid the dearest winner's bid, or the reserve where demand is left.</summary>
    public Int128 ProfitUniform(ImmutableArray<Award> awards, Seller me)
    {
        var price = awards.Sum(a => a.Count) < Demand || awards.IsEmpty ? Reserve.Price : awards[^1].Tick.Price;
        return Sum(awards, me, _ => price);
    }

    private static Int128 Sum(IEnumerable<Award> awards, Seller me, Func<Award, UnitPrice> paid) => awards
        .Where(a => a.Device == me.Device || a.Device == Twin)
        .Aggregate(Int128.Zero, (sum, a) => sum + (((Int128)paid(a).Raw - (Int128)me.Tick.Price.Raw) * a.Count));
}
