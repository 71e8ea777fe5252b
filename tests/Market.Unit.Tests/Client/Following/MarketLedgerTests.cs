using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Client.Following;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Following;

public sealed class MarketLedgerTests
{
    private static readonly Address MarketAddress = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
    private static readonly Work Work = new(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
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
        Work = Work.Hash(),
    };

    private static readonly OfferId Offer = Terms.Id(1, MarketAddress);
    private static readonly Lease Lease = new(Offer, new DeviceId(1), 0, 10, 100, 0);
    private readonly MarketLedger _ledger = new();

    [Fact]
    public void Offer_IsFoldedFromItsOwnEventsOnly()
    {
        Advance(1, Posted(), Posted(Hash256.Zero, 7));
        Advance(2, Leased(), new CommittedEvent(Lease.Key().Value, Offer.Value, Keccak256.Hash("r"u8), 500));

        var view = _ledger.Offer(Terms, Offer);

        Assert.Equal((OfferState.Open, 10u, new Amount(1_000)), (view.State, view.Committed, view.Escrow));
        Assert.Equal(new UnixTime(500), view.Leases[0].FinalAt);
        Assert.Equal(TransactionOf(1), _ledger.PostedBy(Offer));
    }

    [Fact]
    public void RolledBack_ForgetsWhatTheChainForgot()
    {
        Advance(1, Posted());
        Advance(2, Leased());

        _ledger.Apply(new ChainUpdate.RolledBack(Point(1)));

        Assert.Empty(_ledger.Offer(Terms, Offer).Leases);
        Assert.Equal(1u, (uint)_ledger.Head!.Number);
        Advance(2, Leased());
        Assert.Equal(10u, _ledger.Offer(Terms, Offer).Running);
    }

    [Fact]
    public void RolledBackToTheStart_ForgetsAll()
    {
        Advance(1, Posted());

        _ledger.Apply(new ChainUpdate.RolledBack(null));

        Assert.Equal(OfferState.None, _ledger.Offer(Terms, Offer).State);
        Assert.Null(_ledger.Head);
    }

    [Fact]
    public void Peers_AreWhatDevicesLastAnnounced()
    {
        var (key, other) = (Keccak256.Hash("k"u8), Keccak256.Hash("k2"u8));
        Advance(1, new DeviceRegisteredEvent(1, Address.Zero, Address.Zero, 1, "https://127.0.0.1:1", key), new DeviceRegisteredEvent(2, Address.Zero, Address.Zero, 1, "ftp://x", key));
        Advance(2, new EndpointSetEvent(1, "https://127.0.0.1:2", other), new OperatorSetEvent(1, MarketAddress));

        var peer = Assert.Single(_ledger.Peers()).Value;

        Assert.Equal((2, other, MarketAddress), (peer.Uri.Port, peer.TransportKey, peer.Operator));
    }

    private static OfferPostedEvent Posted() => Posted(Offer.Value, 1_000);

    private static OfferPostedEvent Posted(Hash256 offer, UInt128 escrow) => new(
        offer, Address.Zero, Terms.ToCostWord(), Terms.ToRuleWord(), Work.ToTuple(), Terms.ClassKey.Packed, Terms.DeviceNumbers(), escrow);

    private static LeasedEvent Leased() => new(Offer.Value, Lease.Key().Value, 1, Lease.ToWord(), 100);

    private static ChainPoint Point(ulong number) => new(number, Keccak256.Hash([(byte)number]), new UnixTime(number));

    private static Hash256 TransactionOf(ulong number) => Keccak256.Hash([1, (byte)number]);

    private void Advance(ulong number, params object[] messages) => _ledger.Apply(new ChainUpdate.Advanced(
        Point(number), [.. messages.Select((message, i) => new ChainEvent(message, MarketAddress, Point(number), TransactionOf(number), (ulong)i))]));
}
