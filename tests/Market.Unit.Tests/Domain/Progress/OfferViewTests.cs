using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Receipts;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Progress;

public sealed class OfferViewTests
{
    private static readonly UnixTime At = new(1_000);
    private static readonly Hash256 Root = Keccak256.Hash("root"u8);
    private static readonly Terms Terms = new()
    {
        Consumer = Address.Zero,
        Nonce = 1,
        ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared),
        Total = 10,
        Mfuel = 1,
        MaxTick = new Tick(700),
        LeaseSeconds = 30,
        WindowSeconds = 10,
        Deadline = new UnixTime(2_000),
        Verdict = Verdict.Optimistic,
        BondBps = 20_000,
        MinScore = 1,
        Work = Hash256.Zero,
    };

    private static readonly Lease A = new(Terms.Id(1, Address.Zero), new DeviceId(1), 0, 6, 100, 0);
    private static readonly Lease B = new(Terms.Id(1, Address.Zero), new DeviceId(2), 6, 4, 100, 0);
    private static readonly Lease BAgain = B with { Device = new DeviceId(1), Attempt = 1 };
    private static readonly OfferFact Posted = new OfferWasPosted(At, Root, new Amount(1_000));

    [Fact]
    public void Of_AFullLife_CountsEachTaskletOnce()
    {
        var view = OfferView.Of(Terms,
        [
            Posted, Made(A), Made(B), Committed(A), Fell(B, LeaseStep.Expire, 30), Made(BAgain), Settled(A, 500), Committed(BAgain),
        ]);

        Assert.Equal((6u, 4u, 0u, 0u), (view.Settled, view.Committed, view.Running, view.Waiting));
        Assert.Equal(Enumerable.Repeat(TaskletState.Settled, 6).Concat(Enumerable.Repeat(TaskletState.Committed, 4)), view.Tasklets());
        Assert.Equal(BAgain, view.LeaseOf(7)!.Lease);
        Assert.Equal(new Amount(30), view.Penalties);
        Assert.False(view.IsOver(At));
    }

    [Fact]
    public void Cost_OfAClosedOffer_IsWhatDidNotComeBack()
    {
        var view = OfferView.Of(Terms,
        [
            Posted, Made(A), Made(B), Committed(A), Committed(B), Settled(A, 500), Settled(B, 300), new OfferWasClosed(At, Root, new Amount(192)),
        ]);

        Assert.True(view.IsComplete && view.IsOver(At));
        Assert.Equal(new Amount(808), view.Cost);
        Assert.Equal(new Amount(800), view.Paid);
    }

    [Fact]
    public void Cost_CountsPenaltiesThatCameBackAsTheConsumers()
    {
        var view = OfferView.Of(Terms, [Posted, Made(A), Fell(A, LeaseStep.Expire, 100), new OfferWasClosed(At, Root, new Amount(1_100))]);

        Assert.Equal(Amount.Zero, view.Cost);
        Assert.Equal(new Amount(1_100), view.Refund);
    }

    [Fact]
    public void Refusals_CountDevicesNotLeases()
    {
        var refused = new LeaseFell(At, Root, A.Key(), LeaseStep.Decline, Amount.Zero, 2);
        var again = A with { Attempt = 1 };

        var view = OfferView.Of(Terms, [Posted, Made(A), refused, Made(again), refused with { Key = again.Key() }, Made(B), Fell(B, LeaseStep.Decline, 0)]);

        Assert.Equal(1, view.Refusals);
    }

    [Fact]
    public void IsOver_PastTheDeadlineWithNothingOutstanding()
    {
        var view = OfferView.Of(Terms, [Posted, Made(A), Fell(A, LeaseStep.Decline, 1)]);

        Assert.False(view.IsOver(Terms.Deadline));
        Assert.True(view.IsOver(Terms.Deadline.Plus(1)));
        Assert.Equal(10u, view.Waiting);
    }

    [Fact]
    public void ReceiptState_NeverSaysMoreThanWasDone()
    {
        LeaseView Settle(bool accepted, params OfferFact[] between) =>
            OfferView.Of(Terms, [Posted, Made(A), Committed(A), .. between, new LeaseWasSettled(At, Root, A.Key(), new Amount(1), accepted)]).Leases[0];

        Assert.Equal(ReceiptState.Accepted, Settle(accepted: true).ReceiptState(trusted: false));
        Assert.Equal(ReceiptState.Final, Settle(accepted: true).ReceiptState(trusted: true));
        Assert.Equal(ReceiptState.Final, Settle(accepted: false).ReceiptState(trusted: false));
        Assert.Equal(ReceiptState.Final, Settle(false, new LeaseWasDisputed(At, Root, A.Key()), new LeaseWasUpheld(At, Root, A.Key())).ReceiptState(trusted: false));
        Assert.Null(OfferView.Of(Terms, [Posted, Made(A), Committed(A)]).Leases[0].ReceiptState(trusted: false));
    }

    [Fact]
    public void Of_FactsOutOfOrder_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => OfferView.Of(Terms, [Posted, Committed(A)]));
        Assert.Throws<InvalidOperationException>(() => OfferView.Of(Terms, [Posted, Made(A), Settled(A, 1)]));
        Assert.Throws<InvalidOperationException>(() => OfferView.Of(Terms, [Posted, Posted]));
    }

    private static LeaseWasMade Made(Lease lease) => new(At, Root, lease, At.Plus(30));

    private static LeaseWasCommitted Committed(Lease lease) => new(At, Root, lease.Key(), Root, At.Plus(10));

    private static LeaseWasSettled Settled(Lease lease, ulong paid) => new(At, Root, lease.Key(), new Amount(paid), Accepted: false);

    private static LeaseFell Fell(Lease lease, LeaseStep step, ulong penalty) => new(At, Root, lease.Key(), step, new Amount(penalty), 0);
}
