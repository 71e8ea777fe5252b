using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Hashing;
using Market.Node.Leases;
using Market.Node.Storage;

namespace Market.Unit.Tests.Node;

public sealed class LeasePlannerTests
{
    private const uint Grace = 10;
    private const ulong Due = 1_000;
    private static readonly Hash256 Root = Hash256.Parse(new string('1', 64));
    private static readonly Lease Lease = new(new OfferId(Root), new DeviceId(3), 0, 8, 1, 0);

    [Theory]
    [InlineData(null)]
    [InlineData(LeaseStage.Fetching)]
    [InlineData(LeaseStage.Running)]
    internal void Next_LeasedAndUnfinished_Works(LeaseStage? stage) =>
        Assert.IsType<LeaseAct.Work>(Next(stage is { } s ? new LeaseRecord(Lease, s) : null, OnChain(LeaseStateCode.Leased)));

    [Theory]
    [InlineData(LeaseStage.Committing)]
    [InlineData(LeaseStage.Committed)]
    [InlineData(LeaseStage.Settled)]
    internal void Next_LeasedWithARootInTheJournal_CommitsThatRoot(LeaseStage stage) =>
        Assert.Equal(new LeaseAct.Commit(Root), Next(new LeaseRecord(Lease, stage, Root), OnChain(LeaseStateCode.Leased)));

    [Theory]
    [InlineData(LeaseStage.Committing)]
    [InlineData(LeaseStage.Committed)]
    internal void Next_TheChainHasTheRoot_NeverCommitsAgain(LeaseStage stage)
    {
        var step = Next(new LeaseRecord(Lease, stage, Root), OnChain(LeaseStateCode.Committed, finalAt: 2_000));

        Assert.Equal(stage == LeaseStage.Committed ? new LeaseAct.Wait() : new LeaseAct.Note(LeaseStage.Committed), step);
    }

    [Fact]
    public void Next_WindowOver_Settles() =>
        Assert.IsType<LeaseAct.Settle>(Next(new LeaseRecord(Lease, LeaseStage.Committed, Root), OnChain(LeaseStateCode.Committed, finalAt: 800)));

    [Fact]
    public void Next_Demanded_AnswersBeforeAnythingElse() =>
        Assert.IsType<LeaseAct.Answer>(Next(new LeaseRecord(Lease, LeaseStage.Committed, Root), OnChain(LeaseStateCode.Committed, finalAt: 800) with { Demanded = true }));

    [Fact]
    public void Next_GivenUp_Declines() =>
        Assert.Equal(new LeaseAct.Decline(1), Next(new LeaseRecord(Lease, LeaseStage.Declining, DeclineReason: 1), OnChain(LeaseStateCode.Leased)));

    [Fact]
    public void Next_AtTheLastSecondOfGrace_SendsNothingAnyMore() =>
        Assert.Equal(
            new LeaseAct.Note(LeaseStage.Lost, "out of time"),
            Next(new LeaseRecord(Lease, LeaseStage.Committing, Root), OnChain(LeaseStateCode.Leased), now: Due + Grace));

    [Fact]
    public void Next_GivenUpAsLostWhileBlockTimeWasAhead_CommitsAfterAll() =>
        Assert.Equal(new LeaseAct.Commit(Root), Next(new LeaseRecord(Lease, LeaseStage.Lost, Root), OnChain(LeaseStateCode.Leased)));

    [Fact]
    public void Next_GivenUpAsLostWithoutAResult_WorksAgainWhileThereIsTime() =>
        Assert.IsType<LeaseAct.Work>(Next(new LeaseRecord(Lease, LeaseStage.Lost), OnChain(LeaseStateCode.Leased)));

    [Theory]
    [InlineData(LeaseState.Settled, LeaseStage.Settled)]
    [InlineData(LeaseState.Expired, LeaseStage.Lost)]
    [InlineData(LeaseState.Declined, LeaseStage.Lost)]
    [InlineData(LeaseState.Voided, LeaseStage.Lost)]
    internal void Next_StoredStateIsForgotten_EventsTell(LeaseState ended, LeaseStage noted)
    {
        var step = Next(new LeaseRecord(Lease, LeaseStage.Committing, Root), OnChain(LeaseStateCode.None), ended);

        Assert.Equal(noted, Assert.IsType<LeaseAct.Note>(step).Stage);
    }

    [Fact]
    public void Next_UnknownToTheChain_Waits() =>
        Assert.IsType<LeaseAct.Wait>(Next(new LeaseRecord(Lease, LeaseStage.Running), OnChain(LeaseStateCode.None)));

    [Fact]
    public void SameRoot_ComparesWhatTheChainKeeps()
    {
        var kept = new Hash256([.. Root.ToArray().AsSpan(0, 25), .. new byte[7]]);

        Assert.True(LeasePlanner.SameRoot(kept, Root));
        Assert.False(LeasePlanner.SameRoot(Hash256.Zero, Root));
    }

    [Theory]
    [InlineData(LeaseStateCode.Leased)]
    [InlineData(LeaseStateCode.Committed)]
    public void Next_OfABannedDevice_NeitherWorksNorAsksForPay(LeaseStateCode state) =>
        Assert.IsType<LeaseAct.Wait>(Next(new LeaseRecord(Lease, LeaseStage.Committed, Root), OnChain(state, finalAt: 100), banned: true));

    private static LeaseAct Next(LeaseRecord? record, LeaseStatusTuple status, LeaseState? ended = null, ulong now = 900, bool banned = false) =>
        LeasePlanner.Next(record, status, ended, banned, Grace, new UnixTime(now));

    private static LeaseStatusTuple OnChain(LeaseStateCode state, ulong finalAt = Due) => new(state, finalAt, 0, false, Root);
}
