using System.Collections.Immutable;
using Market.Client.Configuration;
using Market.Client.Scheduling;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Scheduling;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Unit.Tests.Blobs;
using Market.Unit.Tests.Transport;

namespace Market.Unit.Tests.Client.Scheduling;

/// <summary>What an attached consumer decides about a lease whose device says nothing, and what of it is in the job's log.</summary>
public sealed class LeaseOverseerTests : IDisposable
{
    private static readonly UnixTime Start = new(1_800_000_000);
    private static readonly Terms Terms = new()
    {
        Consumer = Address.Zero,
        Nonce = 1,
        ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
        Total = 12,
        Mfuel = 100,
        MaxTick = new Tick(700),
        LeaseSeconds = 60,
        WindowSeconds = 10,
        Deadline = Start.Plus(60),
        Verdict = Verdict.Optimistic,
        BondBps = 20_000,
        MinScore = 1,
        Work = Hash256.Zero,
    };

    private readonly TempDirectory _home = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly PeerConnections _peers = TestNode.Connections();
    private readonly DecisionLog _log;
    private UnixTime _now = Start;

    public LeaseOverseerTests() => _log = new DecisionLog(new MarketHome(_home.Path));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _peers.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task ASilentDevice_IsSummonedFirst_AndIsLeftItsTimeToAppear()
    {
        var overseer = Overseer(Bid(2, free: 4));
        await LookAsync(overseer, new Amount(1_000_000_000), summoned: false);
        Pass(16);
        var summons = Assert.IsType<Summon>(Assert.Single(await LookAsync(overseer, new Amount(1_000_000_000), summoned: false)));
        Pass(5);
        var waits = Assert.IsType<KeepLease>(Assert.Single(await LookAsync(overseer, new Amount(1_000_000_000), summoned: true, appearBy: _now.Plus(7))));

        Assert.Equal(new Reason(ReasonCode.Silent, TimeSpan.FromSeconds(44), TimeSpan.FromSeconds(10)), summons.Why);
        Assert.Equal(new Reason(ReasonCode.Summoned, TimeSpan.FromSeconds(7)), waits.Why);
        Assert.Equal(["keep", "summon", "keep"], _log.Read("j-1").Select(line => line.Decision));
    }

    [Fact]
    public async Task ADeviceThatAppears_AndIsStillNotHeard_IsNotSummonedForItsNextLease()
    {
        var overseer = Overseer(Bid(2, free: 4));
        await LookAsync(overseer, Amount.Zero, summoned: true);
        Pass(16);

        Assert.IsType<KeepLease>(Assert.Single(await LookAsync(overseer, Amount.Zero, summoned: false)));
    }

    [Fact]
    public async Task ASilentLease_IsBoughtTwice_WhenItsDeviceOnlyAppears_AndTheLogSaysWhyOnce()
    {
        var overseer = Overseer(Bid(2, free: 4));

        Assert.IsType<KeepLease>(Assert.Single(await LookAsync(overseer, new Amount(1_000_000_000))));
        Assert.Empty(await LookAsync(overseer, new Amount(1_000_000_000)));
        Pass(16);
        var copy = Assert.IsType<Speculate>(Assert.Single(await LookAsync(overseer, new Amount(1_000_000_000))));
        Pass(5);
        await LookAsync(overseer, new Amount(1_000_000_000));

        Assert.Equal(ReasonCode.FasterElsewhere, copy.Why.Code);
        var lines = _log.Read("j-1");
        Assert.Equal(["keep", "second-copy"], lines.Select(line => line.Decision));
        Assert.Equal(copy.Cost.ToString(), lines[1].Cost);
        Assert.Contains("not heard of", lines[1].Text, StringComparison.Ordinal);
        Assert.Contains("CRD", lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutBudget_ItIsLeftAlone_AndTheLogSaysThat()
    {
        var overseer = Overseer(Bid(2, free: 4));
        await LookAsync(overseer, Amount.Zero);
        Pass(16);

        Assert.IsType<KeepLease>(Assert.Single(await LookAsync(overseer, Amount.Zero)));
        Assert.Equal(nameof(ReasonCode.NoBudget), _log.Read("j-1")[^1].Reason);
    }

    [Fact]
    public async Task TheSlowDevicesOwnLanes_AreNoHelp()
    {
        var overseer = Overseer(Bid(1, free: 4));
        await LookAsync(overseer, new Amount(1_000_000_000));
        Pass(16);

        Assert.IsType<KeepLease>(Assert.Single(await LookAsync(overseer, new Amount(1_000_000_000))));
        Assert.Equal(nameof(ReasonCode.NoLane), _log.Read("j-1")[^1].Reason);
    }

    [Fact]
    public void ALineThatACrashCutShort_IsLeftOut()
    {
        _log.Write("j-1", Entry("keep"));
        File.AppendAllText(Path.Combine(_home.Path, "jobs", "j-1", "decisions.jsonl"), "{\"time\":\"20\n");
        _log.Write("j-1", Entry("copy-used"));

        Assert.Equal(["keep", "copy-used"], _log.Read("j-1").Select(line => line.Decision));
        Assert.Empty(_log.Read("j-2"));
    }

    private static DecisionEntry Entry(string decision) => new("2027-01-15T08:00:00Z", "main", "0x01", 1, 0, 4, null, decision, "", null, null, null, "text");

    private static StandingBid Bid(uint device, ushort free) => new(
        new DeviceId(device), Terms.ClassKey, new Tick(600), 4, free, Start.Plus(3_600), byte.MaxValue, 1_000, 512, new Amount(1_000_000_000));

    private LeaseOverseer Overseer(params StandingBid[] book) =>
        new("j-1", new Asset("CRD", 6), new Heartbeats(_peers, _time), (_, _) => Task.FromResult(book.ToImmutableArray()), 0, 10, _log, _time);

    private Task<ImmutableArray<LeaseDecision>> LookAsync(LeaseOverseer overseer, Amount kept, bool summoned = true, UnixTime? appearBy = null)
    {
        var lease = new Lease(new OfferId(Hash256.Zero), new DeviceId(1), 0, 4, 100, 0);
        // It is needed before it is due: a silent one could be given to others only then.
        var watch = new StageWatch(StageId.Main, Terms, [new WatchedLease(lease, lease.Key(), Start, Start.Plus(60), summoned, appearBy)], LeaseOverseer.NeededOf(Terms, 5), kept, _now);
        return overseer.LookAsync(watch, () => ImmutableDictionary<DeviceId, Peer>.Empty, Cancel);
    }

    private void Pass(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _now = _now.Plus((ulong)seconds);
    }
}
