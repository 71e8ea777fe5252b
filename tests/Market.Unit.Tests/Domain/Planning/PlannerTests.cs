using CsCheck;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Jobs;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Planning;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Planning;

public sealed class PlannerTests
{
    private static readonly UnixTime Now = new(1_800_000_000);
    private static readonly MarketRules Rules = new(FeeBps: 100, MaxLeaseSeconds: 3_600, MaxWindowSeconds: 86_400, GraceSeconds: 10, new Amount(50_000_000), MaxFills: 96);
    private static readonly PlannerOptions Options = new();
    private static readonly byte Both = (1 << (int)Verdict.Trusted) | (1 << (int)Verdict.Optimistic);

    [Fact]
    public void Plan_MakesTheLeaseAsShortAsSpreadsTheWorkOverAllLanes()
    {
        // 64 tasklets of 2000 Mfuel on three single lanes of 1000 Mfuel/s: a lane ends 0.4 a second, so 22 each take 55 s.
        var plan = Planned(Request(total: 64, measured: 1_000_000_000), Bid(1), Bid(2), Bid(3));

        Assert.Equal(2_000u, plan.Terms.Mfuel);
        Assert.Equal(55u, plan.Terms.LeaseSeconds);
        Assert.Equal([22u, 22u, 20u], plan.Shares.Select(share => share.Tasklets));
        Assert.Equal(1u, plan.Rounds);
        Assert.Equal(TimeSpan.FromSeconds(22), plan.Duration);
        Assert.Equal(3, plan.Matching);
    }

    [Fact]
    public void Plan_NamesTheChangeThatAdmitsMore()
    {
        var plan = Planned(Request(total: 4, measured: 1_000_000), Bid(1), Bid(2) with { MemoryMiB = 128 }, Bid(3) with { MemoryMiB = 128 }, Bid(4) with { MemoryMiB = 64, FreeLanes = 0 });

        Assert.Equal(1, plan.Matching);
        Assert.Equal(new LowerMemory(new ByteSize(128L << 20), 2), Assert.Single(plan.Changes));
    }

    [Fact]
    public void Plan_OfShortTasklets_KeepsTheLeastLease() =>
        Assert.Equal(Options.MinLeaseSeconds, Planned(Request(total: 4, measured: 1_000_000), Bid(1)).Terms.LeaseSeconds);

    [Fact]
    public void Plan_OfMoreThanTheLanesCanDoInHalfTheDeadline_TakesSeveralRounds()
    {
        var plan = Planned(Request(total: 1_000, measured: 1_000_000_000, deadline: TimeSpan.FromMinutes(10)), Bid(1));

        Assert.Equal(300u, plan.Terms.LeaseSeconds);
        Assert.Equal(120u, Assert.Single(plan.Shares).Tasklets);
        Assert.Equal(9u, plan.Rounds);
    }

    [Fact]
    public void Plan_EndsLeasingSoThatTheLastLeaseFitsTheDeadline()
    {
        var plan = Planned(Request(total: 64, measured: 1_000_000_000, deadline: TimeSpan.FromMinutes(10)), Bid(1), Bid(2), Bid(3));

        Assert.Equal(Now.Plus(600 - 55), plan.Terms.Deadline);
    }

    [Fact]
    public void Plan_AdmitsLanesUpToTwiceTheSufficientPriceAndALittleMore()
    {
        var plan = Planned(Request(total: 4, measured: 1_000_000), Bid(1, tick: 700), Bid(2, tick: 732), Bid(3, tick: 737));

        Assert.Equal(new Tick(736), plan.Terms.MaxTick);
        Assert.Equal(2, plan.Matching);
        Assert.Equal(1, plan.Excluded[Exclusion.TooExpensive]);
    }

    [Fact]
    public void Plan_TakesDearDevicesWhereCheapOnesCannotMeetTheDeadline()
    {
        // Five minutes are 120 tasklets a lane.
        var plan = Planned(Request(total: 200, measured: 1_000_000_000, deadline: TimeSpan.FromMinutes(10)), Bid(1, tick: 700), Bid(2, tick: 900));

        Assert.Equal(new Tick(904), plan.Terms.MaxTick);
        Assert.Equal([100u, 100u], plan.Shares.Select(share => share.Tasklets));
    }

    [Fact]
    public void Plan_NeverEscrowsMoreThanTheBudget()
    {
        var request = Request(total: 64, measured: 1_000_000_000);
        var atBid = new Tick(700).Price.CostUp(2_000, 64);

        var plan = Planned(request with { Budget = new Amount(atBid.BaseUnits * 102 / 100) }, Bid(1, tick: 700), Bid(2, tick: 700), Bid(3, tick: 702));

        Assert.True(plan.Escrow.BaseUnits <= atBid.BaseUnits * 102 / 100);
        Assert.Equal(plan.Escrow, plan.Terms.Escrow(Rules.FeeBps));
        Assert.InRange(plan.Terms.MaxTick.Index, 700, 704);
    }

    [Fact]
    public void Plan_UsesTheFuelLimitOfTheFile()
    {
        var request = Request(total: 4, measured: 1_000_000_000);
        var job = request.Stage with { Limits = request.Stage.Limits with { Fuel = new Fuel(1_500_000_001) } };

        Assert.Equal(1_501u, Planned(request with { Stage = job }, Bid(1)).Terms.Mfuel);
    }

    [Fact]
    public void Plan_WithAFuelLimitBelowTheLocalRun_IsRefusedWithTheLimitThatWouldDo()
    {
        var request = Request(total: 4, measured: 1_000_000_000);
        var job = request.Stage with { Limits = request.Stage.Limits with { Fuel = new Fuel(999_999_999) } };

        var none = Refused(request with { Stage = job }, Bid(1));

        Assert.Equal(Refusal.FuelLimitTooLow, none.Reason);
        Assert.Equal(new RaiseFuel(new Fuel(2_000_000_000), 0), Assert.Single(none.Changes));
    }

    [Fact]
    public void Plan_WithNobodyInTheMarket_SaysSo()
    {
        var none = Refused(Request(total: 4, measured: 1));

        Assert.Equal((Refusal.NoDevice, 0), (none.Reason, none.Live));
    }

    [Fact]
    public void Plan_ThatNobodyMatches_CountsReasonsAndNamesTheChangeThatAdmitsMost()
    {
        var request = Request(total: 4, measured: 1_000_000_000);
        var job = request.Stage with { Limits = request.Stage.Limits with { Memory = new ByteSize(2L << 30) } };

        var none = Refused(
            request with { Stage = job },
            Bid(1) with { MemoryMiB = 512 }, Bid(2) with { MemoryMiB = 1024 }, Bid(3) with { MemoryMiB = 1024 },
            Bid(4) with { MemoryMiB = 4096, FreeLanes = 0 },
            Bid(5) with { ValidUntil = Now },
            Bid(6) with { MemoryMiB = 4096, VerdictMask = 1 << (int)Verdict.Trusted });

        Assert.Equal(Refusal.NoDevice, none.Reason);
        Assert.Equal(6, none.Live);
        Assert.Equal(3, none.Excluded[Exclusion.TooLittleMemory]);
        Assert.Equal(1, none.Excluded[Exclusion.Full]);
        Assert.Equal(1, none.Excluded[Exclusion.Expired]);
        Assert.Equal(1, none.Excluded[Exclusion.Verdict]);
        Assert.Equal(new LowerMemory(new ByteSize(1L << 30), 2), none.Changes[0]);
        Assert.Contains(new WaitForLanes(1), none.Changes);
    }

    [Fact]
    public void Plan_WhoseBudgetIsTooLow_NamesTheBudgetThatWouldDo()
    {
        var request = Request(total: 64, measured: 1_000_000_000) with { Budget = new Amount(1_000) };

        var none = Refused(request, Bid(1, tick: 700), Bid(2, tick: 700), Bid(3, tick: 710));

        var change = Assert.IsType<RaiseBudget>(Assert.Single(none.Changes));
        Assert.Equal(2, change.Admits);
        Assert.True(Planner.Plan(request with { Budget = change.To }, new MarketSnapshot(Now, Rules, [Bid(1, tick: 700)]), Options) is JobPlan);
    }

    [Fact]
    public void Plan_ForSlowDevices_NamesTheTimeThatWouldDo()
    {
        var request = Request(total: 4, measured: 30_000_000_000);

        var none = Refused(request, Bid(1) with { Score = 500 });

        var change = Assert.IsType<RaiseTime>(Assert.Single(none.Changes));
        var job = request.Stage with { Limits = request.Stage.Limits with { Time = change.To } };
        Assert.IsType<JobPlan>(Planner.Plan(request with { Stage = job }, new MarketSnapshot(Now, Rules, [Bid(1) with { Score = 500 }]), Options));
    }

    [Fact]
    public void Plan_ThatAsksForBenchmarkedDevices_LeavesSelfDeclaredOnesOut()
    {
        var request = Request(total: 4, measured: 1_000_000);
        var job = request.Stage with { Sla = request.Stage.Sla with { Attestation = AttestationLevel.Benchmarked } };
        var self = Bid(1) with { ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared) };

        var plan = Planned(request with { Stage = job }, self, Bid(2, tick: 800));
        var none = Refused(request with { Stage = job }, self);

        Assert.Equal(new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), plan.Terms.ClassKey);
        Assert.Equal(new DeviceId(2), Assert.Single(plan.Shares).Device);
        Assert.Equal(new LowerAttestation(AttestationLevel.SelfDeclared, 1), Assert.Single(none.Changes));
    }

    [Fact]
    public void Plan_OfATrustedJob_NamesDevicesInOrderAndHasNoWindow()
    {
        var request = Request(total: 4, measured: 1_000_000);
        var job = request.Stage with { Sla = request.Stage.Sla with { Verification = Verdict.Trusted, Devices = [new DeviceId(3), new DeviceId(1)] } };

        var plan = Planned(request with { Stage = job }, Bid(1), Bid(2), Bid(3));

        Assert.Equal([new DeviceId(1), new DeviceId(3)], plan.Terms.Devices);
        Assert.Equal(0u, plan.Terms.WindowSeconds);
        Assert.Equal(1, plan.Excluded[Exclusion.NotNamed]);
    }

    [Fact]
    public void Plan_NeverLeasesMoreThanADevicesStakeCovers()
    {
        var price = new Tick(704).Price.CostUp(2_000, 1);

        var plan = Planned(Request(total: 64, measured: 1_000_000_000), Bid(1) with { FreeStake = price * 2 * 5 }, Bid(2));

        Assert.InRange(plan.Shares.Single(share => share.Device == new DeviceId(1)).Tasklets, 1u, 5u);
    }

    [Fact]
    public void Plan_OfAnyMarket_HoldsItsPromises() =>
        Gen.Select(Gen.UInt[1, 5_000], Gen.ULong[1, 20_000_000_000], Gen.ULong[1, 1_000_000_000], Gen.Int[2, 5_000], AnyBid.Array[0, 12]).Sample((total, measured, budget, deadline, bids) =>
        {
            var request = Request(total, measured, TimeSpan.FromSeconds(deadline)) with { Budget = new Amount(budget) };
            var snapshot = new MarketSnapshot(Now, Rules, [.. bids.DistinctBy(bid => bid.Device)]);

            if (Planner.Plan(request, snapshot, Options) is not JobPlan plan) return;

            Assert.True(plan.Escrow <= request.Budget);
            Assert.True(plan.AtBids <= plan.Escrow);
            Assert.InRange(plan.Terms.LeaseSeconds, 1u, (uint)Math.Max(1, deadline / 2));
            Assert.True(plan.Terms.Deadline > Now && plan.Terms.Deadline.Plus(plan.Terms.LeaseSeconds) <= Now.Plus((ulong)deadline + 1));
            Assert.True(plan.Shares.Sum(share => share.Tasklets) <= total);
            Assert.Equal(snapshot.Bids.Length, plan.Matching + plan.Excluded.Values.Sum());
            Assert.All(plan.Shares, share => Assert.True(share.Tick <= plan.Terms.MaxTick && share.Tasklets > 0));
        });

    private static Gen<StandingBid> AnyBid => Gen.Select(Gen.UInt[1, 20], Gen.Int[0, 1_800], Gen.UShort[0, 8], Gen.UShort[0, 4_000], Gen.UShort[0, 4_096], Gen.ULong[0, 100_000_000], Gen.Byte[0, 3])
        .Select((device, tick, lanes, score, memory, stake, level) => Bid(device, tick) with
        {
            Lanes = lanes,
            FreeLanes = lanes,
            Score = score,
            MemoryMiB = memory,
            FreeStake = new Amount(stake),
            ClassKey = new ClassKey(RuntimeKind.Wasm, (AttestationLevel)level),
        });

    private static JobPlan Planned(PlanRequest request, params StandingBid[] bids) =>
        Assert.IsType<JobPlan>(Planner.Plan(request, new MarketSnapshot(Now, Rules, [.. bids]), Options));

    private static NoPlan Refused(PlanRequest request, params StandingBid[] bids) =>
        Assert.IsType<NoPlan>(Planner.Plan(request, new MarketSnapshot(Now, Rules, [.. bids]), Options));

    private static StandingBid Bid(uint device, int tick = 700) => new(
        new DeviceId(device), new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked), new Tick(tick), 1, 1, Now.Plus(3_600), Both, 1_000, 1_024, new Amount(1_000_000_000));

    private static PlanRequest Request(uint total, ulong measured, TimeSpan? deadline = null)
    {
        Assert.True(Template.TryParse("{index}", out var name, out _));
        return new PlanRequest
        {
            Stage = new StageSpec(
                StageId.Main, new TaskSpec("a.wasm", []), new RangeInputs(0, total - 1), LimitSpec.Default,
                new SlaSpec(deadline ?? TimeSpan.FromHours(1), null, Verdict.Optimistic, [], AttestationLevel.SelfDeclared, null)),
            Total = total,
            Measured = new Fuel(measured),
            Budget = new Amount(10_000_000_000),
            Consumer = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            Nonce = 1,
            Work = Hash256.Zero,
        };
    }
}
