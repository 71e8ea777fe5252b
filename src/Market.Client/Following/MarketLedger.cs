using System.Collections.Immutable;
using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Hashing;
using Market.Transport.Peers;

namespace Market.Client.Following;

/// <summary>
/// The market's history as a follower tells it, from which offers and peers are derived. A rollback forgets blocks; views
/// are folded anew, so there is no state that a reorganisation could leave behind.
/// </summary>
public sealed class MarketLedger
{
    private readonly List<ChainEvent> _events = [];

    /// <summary>The newest block that is known of.</summary>
    public ChainPoint? Head { get; private set; }

    /// <summary>All that the market's contracts told, oldest first.</summary>
    internal IReadOnlyList<ChainEvent> Events => _events;

    /// <summary>Takes up an update. Updates come in the follower's order.</summary>
    public void Apply(ChainUpdate update)
    {
        switch (update)
        {
            case ChainUpdate.Advanced advanced:
                _events.AddRange(advanced.Events);
                Head = advanced.Head;
                break;
            case ChainUpdate.RolledBack rolled:
                _events.RemoveAll(e => rolled.To is null || e.Block.Number > rolled.To.Number);
                Head = rolled.To;
                break;
            default:
                throw new InvalidOperationException("the updates are closed");
        }
    }

    /// <summary>Where the offer of <paramref name="terms"/> stands.</summary>
    public OfferView Offer(Terms terms, OfferId offer) => OfferView.Of(terms, Facts(offer));

    /// <summary>Blocks on top of the one that last changed an offer; all of them if none did.</summary>
    public ulong Confirmations(OfferId offer)
    {
        if (Head is not { } head) return 0;
        return head.Number - (_events.LastOrDefault(e => FactOf(e, offer) is not null)?.Block.Number ?? 0);
    }

    /// <summary>All that happened to an offer, oldest first.</summary>
    public IEnumerable<OfferFact> Facts(OfferId offer) => _events.Select(e => FactOf(e, offer)).OfType<OfferFact>();

    /// <summary>The transaction that posted the offer; null if it is not in the chain.</summary>
    public Hash256? PostedBy(OfferId offer) =>
        _events.LastOrDefault(e => e.Message is OfferPostedEvent posted && posted.OfferId == offer.Value)?.Transaction;

    /// <summary>Devices that can be called, as they last announced themselves.</summary>
    public ImmutableDictionary<DeviceId, Peer> Peers()
    {
        var known = new Dictionary<uint, (string Endpoint, Hash256 Key, Address Operator)>();
        foreach (var message in _events.Select(e => e.Message))
        {
            switch (message)
            {
                case DeviceRegisteredEvent e:
                    known[e.Device] = (e.Endpoint, e.TransportKey, e.Operator);
                    break;
                case EndpointSetEvent e when known.TryGetValue(e.Device, out var device):
                    known[e.Device] = (e.Endpoint, e.TransportKey, device.Operator);
                    break;
                case OperatorSetEvent e when known.TryGetValue(e.Device, out var device):
                    known[e.Device] = device with { Operator = e.Operator };
                    break;
                default:
                    break;
            }
        }

        var peers = ImmutableDictionary.CreateBuilder<DeviceId, Peer>();
        foreach (var (id, device) in known)
        {
            if (PeerTable.TryMake(new DeviceId(id), device.Endpoint, device.Key, device.Operator, out var peer)) peers.Add(peer!.Device, peer);
        }

        return peers.ToImmutable();
    }

    /// <summary>What an event says of an offer, and of which; null if it is about none.</summary>
    internal static (OfferId Offer, OfferFact Fact)? FactOf(ChainEvent e)
    {
        var (at, tx) = (e.Block.Time, e.Transaction);
        (Hash256 Offer, OfferFact Fact)? told = e.Message switch
        {
            OfferPostedEvent m => (m.OfferId, new OfferWasPosted(at, tx, new Amount(m.Escrow))),
            OfferCancelledEvent m => (m.OfferId, new OfferWasCancelled(at, tx, new Amount(m.Refund))),
            OfferClosedEvent m => (m.OfferId, new OfferWasClosed(at, tx, new Amount(m.Refund))),
            LeasedEvent m => (m.OfferId, new LeaseWasMade(at, tx, m.ToDomain(), new UnixTime(m.Due))),
            SummonedEvent m => (m.OfferId, new LeaseWasSummoned(at, tx, new LeaseKey(m.LeaseKey), new UnixTime(m.AppearBy))),
            AppearedEvent m => (m.OfferId, new LeaseAppeared(at, tx, new LeaseKey(m.LeaseKey))),
            CommittedEvent m => (m.OfferId, new LeaseWasCommitted(at, tx, new LeaseKey(m.LeaseKey), m.ResultRoot, new UnixTime(m.FinalAt))),
            SettledEvent m => (m.OfferId, new LeaseWasSettled(at, tx, new LeaseKey(m.LeaseKey), new Amount(m.Paid), m.Accepted)),
            ExpiredEvent m => (m.OfferId, new LeaseFell(at, tx, new LeaseKey(m.LeaseKey), LeaseStep.Expire, new Amount(m.Penalty), 0)),
            DeclinedEvent m => (m.OfferId, new LeaseFell(at, tx, new LeaseKey(m.LeaseKey), LeaseStep.Decline, new Amount(m.Penalty), m.Reason)),
            VoidedEvent m => (m.OfferId, new LeaseFell(at, tx, new LeaseKey(m.LeaseKey), LeaseStep.Void, Amount.Zero, 0)),
            DemandFailedEvent m => (m.OfferId, new LeaseFell(at, tx, new LeaseKey(m.LeaseKey), LeaseStep.Void, new Amount(m.Penalty), 0)),
            DisputedEvent m => (m.OfferId, new LeaseWasDisputed(at, tx, new LeaseKey(m.LeaseKey))),
            ResolvedEvent { Upheld: true } m => (m.OfferId, new LeaseWasUpheld(at, tx, new LeaseKey(m.LeaseKey))),
            ResolvedEvent { Upheld: false } m => (m.OfferId, new LeaseFell(at, tx, new LeaseKey(m.LeaseKey), LeaseStep.Void, Amount.Zero, 0)),
            _ => null,
        };
        return told is { } known ? (new OfferId(known.Offer), known.Fact) : null;
    }

    private static OfferFact? FactOf(ChainEvent e, OfferId offer) => FactOf(e) is { } told && told.Offer == offer ? told.Fact : null;
}
