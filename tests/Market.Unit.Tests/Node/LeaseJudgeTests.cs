using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Scheduling;
using Market.Hashing;
using Market.Node.Leases;

namespace Market.Unit.Tests.Node;

public sealed class LeaseJudgeTests
{
    private const int Due = 100;
    private static readonly Lease Lease = new(new OfferId(Hash256.Parse(new string('1', 64))), new DeviceId(3), 10, 100, 1, 0);

    [Fact]
    public void SteadyProgressThatIsInTime_IsKept() =>
        Assert.Null(Run(second => (uint)second + 1).Decision);

    [Fact]
    public void ADeviceTenfoldSlowedHalfway_HandsBack_LongBeforeItsTimeIsUp()
    {
        var (decision, at) = Run(second => second < 40 ? (uint)(second * 1.2) : 48 + (uint)((second - 40) * 0.12));

        Assert.NotNull(decision);
        Assert.InRange(at, 40, 75);
        Assert.Equal(ReasonCode.WillBeLate, decision.Why.Code);
        Assert.True(decision.Why.Expected > decision.Why.Instead);
    }

    [Fact]
    public void ADeviceThatDoesNothing_HandsBack_ThoughNoTaskletEverEnded() =>
        Assert.InRange(Run(_ => 0).At, 5, 30);

    // A machine that stood still for a while and runs again: the wait is in its newest beats, not in what it will do.
    [Fact]
    public void APauseThatIsOver_IsNoReasonToHandBack() =>
        Assert.Null(Run(second => second < 20 ? (uint)second * 2 : second < 35 ? 40 : 40 + (uint)((second - 35) * 2)).Decision);

    [Fact]
    public void ResultsOfAnEarlierRun_AreNoSpeed()
    {
        // 90 of 100 were in the journal; the last ten take ten times as long as there is time.
        var (decision, _) = Run(second => 90 + (uint)(second / 100));

        Assert.NotNull(decision);
    }

    [Fact]
    public void BlockTimeThatJumps_IsSeenInWhatIsLeft()
    {
        var judge = new LeaseJudge(Lease, 1);
        HandBack? decision = null;
        for (var second = 0; second < 60 && decision is null; second++)
        {
            decision = judge.Look(TimeSpan.FromSeconds(second), (uint)second + 1, TimeSpan.FromSeconds(second < 20 ? Due - second : 30));
        }

        Assert.NotNull(decision);
    }

    // Looks once a second, as blocks come.
    private static (HandBack? Decision, int At) Run(Func<int, uint> done)
    {
        var judge = new LeaseJudge(Lease, 1);
        for (var second = 0; second < Due; second++)
        {
            var ended = Math.Min(done(second), Lease.Count);
            if (ended == Lease.Count) break;
            if (judge.Look(TimeSpan.FromSeconds(second), ended, TimeSpan.FromSeconds(Due - second)) is { } decision) return (decision, second);
        }

        return (null, Due);
    }
}
