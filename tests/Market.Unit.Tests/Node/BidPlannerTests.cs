using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Node.Bidding;

namespace Market.Unit.Tests.Node;

public sealed class BidPlannerTests
{
    private const ulong MinStake = 100;
    private static readonly UnixTime Now = new(1_000_000);
    private static readonly ClassKey Book = new(RuntimeKind.Wasm, AttestationLevel.Benchmarked);
    private static readonly BidWish Wish = new(Book, new Tick(300), 4, 0b110);

    [Fact]
    public void Next_WithoutBid_PlacesAsWished()
    {
        var step = Next(Device(), NoBid());

        Assert.Equal(new BidStep.Place(Book, Wish.Tick, 4, Now.Plus(BidPlanner.HorizonSeconds), 0b110), step);
    }

    [Fact]
    public void Next_CapabilityEndsEarly_BidEndsWithIt()
    {
        var step = Next(Device(expiresIn: 3600, lanes: 2), NoBid());

        Assert.Equal(new BidStep.Place(Book, Wish.Tick, 2, Now.Plus(3600), 0b110), step);
    }

    public static TheoryData<string, DeviceTuple> Unfit => new()
    {
        { "capability", Device(expiresIn: 60) },
        { "known as", Device(level: AttestationLevel.SelfDeclared) },
        { "cooling down", Device() with { CooldownUntil = Now.Seconds + 5 } },
        { "stake", Device() with { Stake = MinStake } },
        { "locked", Device() with { Locked = 900 } },
        { "banned", Device() with { Banned = true } },
        { "retired", Device() with { ReleaseAt = 1 } },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void Next_UnfitDevice_IdlesAndSaysWhy(string reason, DeviceTuple device)
    {
        var idle = Assert.IsType<BidStep.Idle>(Next(device, NoBid()));

        Assert.Contains(reason, idle.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_AsWished_Stands() => Assert.IsType<BidStep.Stand>(Next(Device(), Bid()));

    [Fact]
    public void Next_HalfTimeGone_Extends() =>
        Assert.Equal(new BidStep.Extend(Now.Plus(BidPlanner.HorizonSeconds)), Next(Device(), Bid() with { ValidUntil = Now.Seconds + 600 }));

    [Fact]
    public void Next_HalfTimeGoneButCapabilityEndsToo_Stands() =>
        Assert.IsType<BidStep.Stand>(Next(Device(expiresIn: 620), Bid() with { ValidUntil = Now.Seconds + 600 }));

    [Fact]
    public void Next_PastItsTime_IsPruned() => Assert.IsType<BidStep.Prune>(Next(Device(), Bid() with { ValidUntil = Now.Seconds }));

    [Fact]
    public void Next_AnotherPrice_IsAnnounced() =>
        Assert.Equal(new BidStep.Announce(Wish.Tick, 4, Now.Plus(BidPlanner.HorizonSeconds)), Next(Device(), Bid() with { Tick = 299 }));

    [Fact]
    public void Next_AnotherBook_IsWithdrawnFirst() =>
        Assert.IsType<BidStep.Announce>(Next(Device(), Bid() with { ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared).Packed }) is BidStep.Announce { Lanes: 0 } a ? a : null);

    [Fact]
    public void Next_Draining_WithdrawsThenIdles()
    {
        var withdraw = Assert.IsType<BidStep.Announce>(Next(Device(), Bid(), draining: true));
        var pending = Next(Device(), Bid() with { ActiveAt = Now.Seconds + 1 }, draining: true);
        var due = Next(Device(), Bid() with { ActiveAt = Now.Seconds }, draining: true);
        var gone = Next(Device(), NoBid(), draining: true);

        Assert.Equal(0, withdraw.Lanes);
        Assert.Equal(new BidStep.Await(Now.Plus(1)), pending);
        Assert.IsType<BidStep.Activate>(due);
        Assert.IsType<BidStep.Idle>(gone);
    }

    private static BidStep Next(DeviceTuple device, BidTuple bid, bool draining = false) =>
        BidPlanner.Next(device, bid, Wish, MinStake, draining, Now);

    private static DeviceTuple Device(ulong expiresIn = 1 << 20, ushort lanes = 8, AttestationLevel level = AttestationLevel.Benchmarked) => new(
        default, default, 1000, 0, 0, 0, false, new CapabilityTuple(new ClassKey(RuntimeKind.Wasm, level).Packed, 500, 512, lanes, Now.Seconds + expiresIn));

    private static BidTuple NoBid() => new(7, 0, 0, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0);

    private static BidTuple Bid() => new(7, Book.Packed, Wish.Tick.Index, 4, 4, Now.Seconds + BidPlanner.HorizonSeconds, 0b110, 500, 512, true, 0, 0, 0, 0);
}
