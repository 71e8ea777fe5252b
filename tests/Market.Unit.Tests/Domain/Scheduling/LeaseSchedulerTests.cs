using CsCheck;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Scheduling;

namespace Market.Unit.Tests.Domain.Scheduling;

public sealed class LeaseSchedulerTests
{
    private static readonly ScheduleOptions Options = ScheduleOptions.Default;
    private static readonly SpareLanes Spare = new(4, TimeSpan.FromSeconds(1), new Amount(10));

    [Fact]
    public void SteadyBeats_PredictTheEnd()
    {
        var lease = Lease(100, expected: 100, due: 150, (10, 10), (20, 20));

        Assert.Equal(new Forecast(Pace.OnTime, Seconds(100)), Forecast.Of(lease, Seconds(20), Options.Silence));
        Assert.Equal(ReasonCode.OnTime, LeaseScheduler.ForDevice(lease, Seconds(20), Options).Why.Code);
    }

    [Fact]
    public void ASlowdown_ShowsWithinAFewBeats_LongBeforeItIsDue()
    {
        // One a second until 20 s, then one in ten seconds: 77 left take 770 s.
        var lease = Lease(100, expected: 100, due: 150, (10, 10), (20, 20), (30, 21), (40, 22), (50, 23));

        Assert.Equal(new Forecast(Pace.Late, Seconds(820)), Forecast.Of(lease, Seconds(50), Options.Silence));
        var decision = Assert.IsType<HandBack>(LeaseScheduler.ForDevice(lease, Seconds(50), Options));
        Assert.Equal(new Reason(ReasonCode.WillBeLate, Seconds(770), Seconds(100)), decision.Why);
    }

    [Fact]
    public void ADeviceTenTimesTooSlowFromTheStart_IsKnownBeforeItsFirstTaskletEnds()
    {
        var lease = Lease(10, expected: 20, due: 50, (5, 0), (10, 0));

        Assert.Equal(Pace.Late, Forecast.Of(lease, Seconds(10), Options.Silence).Pace);
    }

    [Fact]
    public void NoBeats_AreSilence_AfterTheTimeGiven()
    {
        var lease = Lease(10, expected: 20, due: 50);

        Assert.Equal(Pace.OnTime, Forecast.Of(lease, Options.Silence, Options.Silence).Pace);
        Assert.Equal(new Forecast(Pace.Silent, Seconds(50)), Forecast.Of(lease, Options.Silence + Seconds(1), Options.Silence));
    }

    [Fact]
    public void BeatsThatLie_CountForNothing()
    {
        var honest = Lease(100, expected: 100, due: 150, (10, 10), (20, 20));
        var lying = honest with { Beats = [honest.Beats[0], new ProgressBeat(Seconds(12), 5), new ProgressBeat(Seconds(15), 1_000), new ProgressBeat(Seconds(9), 50), honest.Beats[1]] };

        Assert.Equal(Forecast.Of(honest, Seconds(21), Options.Silence), Forecast.Of(lying, Seconds(21), Options.Silence));
    }

    [Theory]
    [InlineData(4, 1_000, 2_000, 10, ReasonCode.FasterElsewhere)]
    [InlineData(0, 1_000, 2_000, 10, ReasonCode.NoLane)]
    [InlineData(4, 999, 2_000, 10, ReasonCode.NoBudget)]
    [InlineData(4, 1_000, 2_000, 820, ReasonCode.OnTime)]
    [InlineData(1, 1_000, 6_000, 10, ReasonCode.GainTooSmall)]
    public void AConsumer_BuysASecondCopy_OnlyIfItHelpsAndIsPaidFor(uint lanes, uint budget, int milliseconds, int needed, ReasonCode why)
    {
        var lease = Lease(100, expected: 100, due: 150, (10, 10), (20, 20), (30, 21), (40, 22), (50, 23));
        var spare = new SpareLanes(lanes, TimeSpan.FromMilliseconds(milliseconds), new Amount(10));

        var decision = Assert.Single(LeaseScheduler.ForConsumer([lease], spare, new Amount(budget), Seconds(needed), Seconds(50), Options));

        Assert.Equal(why, decision.Why.Code);
        Assert.Equal(why == ReasonCode.FasterElsewhere, decision is Speculate copy && copy.Cost == new Amount(1_000));
        Assert.NotEmpty(decision.Why.ToString());
    }

    [Theory]
    [InlineData(16, true, 100, true)]
    [InlineData(15, true, 100, false)] // not silent for long enough
    [InlineData(16, false, 100, false)] // summoned before
    [InlineData(87, true, 100, false)] // due before anyone else could begin
    public void ASilentDevice_IsSummoned_WhereThatFreesItsRangeEarlier(int now, bool maySummon, int due, bool summoned)
    {
        var lease = Lease(100, expected: 100, due: due) with { MaySummon = maySummon };
        var options = Options with { Summons = Seconds(10) };

        var decision = Assert.Single(LeaseScheduler.ForConsumer([lease], Spare with { Lanes = 0 }, Amount.Zero, Seconds(1_000), Seconds(now), options));

        Assert.Equal(summoned, decision is Summon);
        if (summoned) Assert.Equal(new Reason(ReasonCode.Silent, Seconds(due - now), Seconds(10)), decision.Why);
        Assert.IsNotType<Summon>(Assert.Single(LeaseScheduler.ForConsumer([lease], Spare, Amount.Zero, Seconds(1_000), Seconds(now), Options)));
    }

    [Fact]
    public void ASummonedDevice_IsLeftItsTime()
    {
        var lease = Lease(100, expected: 100, due: 150) with { AppearBy = Seconds(60) };

        var decision = Assert.Single(LeaseScheduler.ForConsumer([lease], Spare, new Amount(1_000_000), Seconds(0), Seconds(55), Options with { Summons = Seconds(10) }));

        Assert.Equal(new Reason(ReasonCode.Summoned, Seconds(5)), Assert.IsType<KeepLease>(decision).Why);
    }

    [Fact]
    public void SecondCopies_NeverCostMoreThanTheBudget_AndEveryLeaseGetsOneDecision() =>
        Gen.Select(SomeLease.Array[0, 12], Gen.UInt[0, 20_000], Gen.UInt[0, 30], Gen.Int[0, 300]).Sample((leases, budget, lanes, now) =>
        {
            var decisions = LeaseScheduler.ForConsumer(leases, Spare with { Lanes = lanes }, new Amount(budget), Seconds(60), Seconds(now), Options);

            Assert.Equal(leases.Length, decisions.Length);
            Assert.All(leases, lease => Assert.Contains(decisions, decision => ReferenceEquals(decision.Lease, lease)));
            var bought = decisions.OfType<Speculate>().ToArray();
            Assert.True(bought.Aggregate(UInt128.Zero, (sum, copy) => sum + copy.Cost.BaseUnits) <= budget);
            Assert.True(bought.Sum(copy => Math.Min(1L, copy.Lease.Count)) <= lanes);
            Assert.All(bought, copy => Assert.True(copy.Why.Instead < copy.Why.Expected));
        });

    [Fact]
    public void Decisions_DependOnNothingElse() => SomeLease.Array[0, 8].Sample(leases =>
    {
        var one = LeaseScheduler.ForConsumer(leases, Spare, new Amount(500), Seconds(10), Seconds(100), Options);
        var two = LeaseScheduler.ForConsumer(leases.Reverse(), Spare, new Amount(500), Seconds(10), Seconds(100), Options);

        Assert.Equal(one.Select(d => (d.Lease.First, d.Why)).Order(), two.Select(d => (d.Lease.First, d.Why)).Order());
    });

    // Ranges that do not overlap, as a stage's never do.
    private static readonly Gen<RunningLease> SomeLease = Gen.Select(Gen.UInt[1, 50], Gen.UInt[0, 1_000_000_000], Gen.Int[1, 200], Gen.Int[1, 400], Gen.Select(Gen.Int[0, 300], Gen.UInt[0, 60]).Array[0, 6])
        .Select((count, first, expected, due, beats) => new RunningLease(
            new DeviceId(1), first, count, 1, TimeSpan.Zero, Seconds(due), Seconds(expected), [.. beats.OrderBy(beat => beat.Item1).Select(beat => new ProgressBeat(Seconds(beat.Item1), beat.Item2))]));

    private static RunningLease Lease(uint count, int expected, int due, params (int At, uint Done)[] beats) => new(
        new DeviceId(1), 0, count, 1, TimeSpan.Zero, Seconds(due), Seconds(expected), [.. beats.Select(beat => new ProgressBeat(Seconds(beat.At), beat.Done))]);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
