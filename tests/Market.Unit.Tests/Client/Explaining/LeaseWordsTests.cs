using Market.Client.Explaining;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Explaining;

public sealed class LeaseWordsTests
{
    private static readonly Lease First = new(default, new DeviceId(4), 0, 6, 100, 0);
    private static readonly Lease Beside = new(default, new DeviceId(5), 6, 4, 100, 0);
    private static readonly Lease Again = new(default, new DeviceId(6), 2, 3, 100, 1);

    [Theory]
    [InlineData(LeaseStep.Expire, 0, " because d-4 did not deliver in time")]
    [InlineData(LeaseStep.Decline, 4, " because d-4 handed them back: shutting down")]
    [InlineData(LeaseStep.Void, 0, " because d-4 could not stand by its result: proven wrong, not shown on demand, or slashed")]
    public void WhyAgain_SaysWhatBecameOfTheLeaseBefore(LeaseStep step, byte reason, string expected)
    {
        List<OfferFact> facts = [new OfferWasPosted(At, default, default), Made(First), Made(Beside)];
        if (step == LeaseStep.Void) facts.Add(new LeaseWasCommitted(At, default, First.Key(), default, At));
        facts.Add(new LeaseFell(At, default, First.Key(), step, Amount.Zero, reason));
        facts.Add(Made(Again));

        var offer = OfferView.Of(Terms, facts);

        Assert.Equal(expected, LeaseWords.WhyAgain(offer, offer.Leases[^1]));
    }

    [Fact]
    public void ADeviceThatDidNotAppear_IsSaidToHaveNot()
    {
        var offer = OfferView.Of(Terms,
        [
            new OfferWasPosted(At, default, default), Made(First), Made(Beside), new LeaseWasSummoned(At, default, First.Key(), At.Plus(10)),
            new LeaseFell(At, default, First.Key(), LeaseStep.Expire, Amount.Zero, 0), Made(Again),
        ]);

        Assert.Equal(" because d-4 did not appear when it was summoned", LeaseWords.WhyAgain(offer, offer.Leases[^1]));
        Assert.StartsWith("d-4 did not appear and lost tasklets 0-5, penalty", LeaseWords.Describe(offer.Leases[0], new Asset("CRD", 6)), StringComparison.Ordinal);
    }

    [Fact]
    public void WhyAgain_OfAFirstLease_IsNothing()
    {
        var offer = OfferView.Of(Terms, [new OfferWasPosted(At, default, default), Made(First)]);

        Assert.Equal("", LeaseWords.WhyAgain(offer, offer.Leases[0]));
    }

    private static UnixTime At => new(10);

    private static Terms Terms => new()
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

    private static LeaseWasMade Made(Lease lease) => new(At, default, lease, new UnixTime(40));
}
