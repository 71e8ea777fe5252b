using System.Globalization;
using Market.Domain.Identity;
using Market.Domain.Matching;
using Market.Domain.Money;

namespace Market.Unit.Tests.Domain.Matching;

public sealed class ReferenceMatcherTests
{
    // The contract suite runs the same books through the contract.
    [Fact]
    public void Match_OnEveryBookOfTheVectors_AwardsWhatTheContractDoes()
    {
        var (books, several) = (0, 0);
        foreach (var book in VectorFile.Read("matching.json").GetProperty("books").EnumerateArray())
        {
            var sellers = book.GetProperty("sellers").EnumerateArray()
                .Select((s, i) => new Seller(new DeviceId((uint)i + 1), new Tick(s[0].GetInt32()), s[1].GetUInt32()));
            var expected = book.GetProperty("fills").EnumerateArray()
                .Select(f => (f[0].GetUInt32(), f[1].GetUInt32(), UInt128.Parse(f[2].GetString()!, CultureInfo.InvariantCulture))).ToArray();

            var awards = ReferenceMatcher.Match(sellers, book.UInt("demand"), new Tick((int)book.UInt("maxTick")));

            Assert.True(
                expected.SequenceEqual(awards.Select(a => (a.Device.Value, a.Count, a.UnitPrice.Raw))), $"book of seed {book.UInt("seed")}");
            books++;
            several += awards.Length > 1 ? 1 : 0;
        }

        Assert.True(books >= 2_000 && several > 400, $"{books} books, {several} with several winners");
    }

    [Fact]
    public void Match_PaysEveryWinner_AtLeastItsBidAndAtMostTheReserve()
    {
        for (var seed = 1; seed <= 2_000; seed++)
        {
            var market = RandomMarket.Of(seed);

            var awards = market.Honest();

            Assert.All(awards, a => Assert.True(a.Tick.Price.Raw <= a.UnitPrice.Raw && a.UnitPrice.Raw <= market.Reserve.Price.Raw, $"seed {seed}"));
            Assert.True(awards.Sum(a => a.Count) <= market.Demand);
        }
    }

    [Fact]
    public void Match_LeavesNoGainInOneDevicesLie_On5000RandomMarkets()
    {
        for (var seed = 1; seed <= 5_000; seed++)
        {
            var market = RandomMarket.Of(seed);
            var me = market.Sellers[market.Random.Next(market.Sellers.Length)];
            var honest = RandomMarket.Profit(market.Honest(), me);
            var part = 1 + (uint)market.Random.Next((int)Math.Max(1, me.Capacity - 1));
            (string Name, Seller[] Instead)[] lies =
            [
                ("another price", [me with { Tick = market.SomeTick() }]),
                ("less capacity", [me with { Capacity = part }]),
                ("another price and less capacity", [me with { Tick = market.SomeTick(), Capacity = part }]),
                ("two identities", [me with { Capacity = part }, new(RandomMarket.Twin, market.SomeTick(), me.Capacity - part)]),
            ];

            Assert.True(honest >= 0, $"seed {seed}: truth loses {-honest}");
            foreach (var (name, instead) in lies)
            {
                var gain = RandomMarket.Profit(market.With(me, instead), me) - honest;

                // Prices are rounded down per tasklet, so a lie may move a payment by less than one unit (2^-32 base units) per tasklet.
                Assert.True(gain <= (Int128)me.Capacity, $"seed {seed}: {name} gains {gain}");
            }
        }
    }

    // So that the test above can fail: the rules that the market does not use reward the same lies.
    [Fact]
    public void OtherRules_RewardTheSameLies()
    {
        var (bid, uniform) = (0, 0);
        for (var seed = 1; seed <= 1_000; seed++)
        {
            var market = RandomMarket.Of(seed);
            var me = market.Sellers[market.Random.Next(market.Sellers.Length)];
            Seller[] dearer = [me with { Tick = me.Tick.Plus(4) }];
            Seller[] smaller = [me with { Capacity = Math.Max(1, me.Capacity / 2) }];
            if (RandomMarket.ProfitAsBid(market.With(me, dearer), me) > RandomMarket.ProfitAsBid(market.Honest(), me)) bid++;
            if (market.ProfitUniform(market.With(me, smaller), me) > market.ProfitUniform(market.Honest(), me)) uniform++;
        }

        Assert.True(bid > 100 && uniform > 5, $"pay as bid {bid}, uniform price {uniform} of 1,000");
    }
}
