using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;
using Market.Node.Health;

namespace Market.Unit.Tests.Node;

public sealed class IdleReasonsTests
{
    private static readonly DeviceId Self = new(1);
    private static readonly DeviceId Other = new(2);
    private static readonly UnixTime Now = new(10_000);
    private static readonly ClassKey Class = new(RuntimeKind.Wasm, AttestationLevel.Benchmarked);

    [Fact]
    public void Count_NamesWhyEachOfferWasNotOurs()
    {
        var state = State(
            Offer(1, t => t),
            Offer(2, t => t with { MaxTick = new Tick(90) }),
            Offer(3, t => t with { MinScore = 900 }),
            Offer(4, t => t with { MinMemoryMiB = 4096 }),
            Offer(5, t => t with { Devices = [Other] }),
            Offer(6, t => t with { ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared) }),
            Offer(7, t => t with { Verdict = Verdict.Trusted }),
            Offer(8, t => t) with { Posted = new ChainPoint(1, Hash256.Zero, new UnixTime(10)) });

        var counts = IdleReasons.Count(state, Self, Now);

        Assert.Equal(
            new SortedDictionary<string, int>(StringComparer.Ordinal)
            {
                ["not matched yet"] = 1, ["pays too little"] = 1, ["asks for more speed"] = 1, ["asks for more memory"] = 1, ["names other devices"] = 1, ["other class"] = 1, ["verdict not served"] = 1,
            },
            counts);
    }

    [Fact]
    public void Count_OfOffersThatCheaperDevicesTook_SaysByHowMuch()
    {
        var (first, second) = (Offer(1, t => t), Offer(2, t => t));
        var state = Leased(Leased(State(first, second), first, new Tick(96)), second, new Tick(92));

        var counts = IdleReasons.Count(state, Self, Now);

        // Ticks 92 and 96 against 100: 22 % and 11 % below, with 32 ticks to a doubling.
        var (reason, count) = Assert.Single(counts);
        Assert.Equal(2, count);
        Assert.StartsWith("outbid, by a median of ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Count_OfOffersLeasedAtOurPriceOrAbove_SaysThatOthersWereFirst()
    {
        var offer = Offer(1, t => t);

        Assert.Equal("others were first", Assert.Single(IdleReasons.Count(Leased(State(offer), offer, new Tick(100)), Self, Now)).Key);
    }

    [Fact]
    public void Count_WithoutABid_SaysSo() =>
        Assert.Equal("no bid", Assert.Single(IdleReasons.Count(State(Offer(1, t => t)) with { Bids = MarketState.Empty.Bids }, Self, Now)).Key);

    private static MarketState State(params OfferEntry[] offers) => MarketState.Empty with
    {
        Offers = offers.ToImmutableDictionary(o => o.Id),
        Devices = MarketState.Empty.Devices.Add(
            Self, new DeviceEntry(Self, default, default, "", Hash256.Zero, Amount.Zero, Amount.Zero, Amount.Zero, new CapabilityEntry(Class, 500, 512, 2, Now.Plus(1_000)), null, false)),
        Bids = MarketState.Empty.Bids.Add(Self, new BidEntry(Self, Class, new Tick(100), 2, Now.Plus(1_000), 1 << (int)Verdict.Optimistic, null)),
    };

    private static MarketState Leased(MarketState state, OfferEntry offer, Tick price)
    {
        var lease = new Lease(offer.Id, Other, 0, 4, (ulong)price.Price.Raw, 0);
        var block = offer.Posted;
        return state with
        {
            Offers = state.Offers.SetItem(offer.Id, offer with { Outstanding = 4, Leases = [lease.Key()] }),
            Leases = state.Leases.Add(lease.Key(), new LeaseEntry(lease.Key(), lease, LeaseState.Leased, Now, block, block)),
        };
    }

    private static OfferEntry Offer(byte id, Func<Terms, Terms> change)
    {
        var work = new Work(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
        var terms = new Terms
        {
            Consumer = default,
            Nonce = id,
            ClassKey = Class,
            Total = 4,
            Mfuel = 1,
            MaxTick = new Tick(120),
            LeaseSeconds = 100,
            WindowSeconds = 10,
            Deadline = Now.Plus(1_000),
            Verdict = Verdict.Optimistic,
            BondBps = 1,
            MinScore = 1,
            Work = work.Hash(),
        };
        var key = new OfferId(Hash256.Parse(new string((char)('0' + id), 64)));
        return new OfferEntry(key, change(terms), work, Amount.Zero, OfferState.Open, 0, 0, Amount.Zero, Amount.Zero, [], new ChainPoint(9, Hash256.Zero, Now));
    }
}
