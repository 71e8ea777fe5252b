using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Domain.Progress;

/// <summary>One thing that the chain says about an offer, in the chain's order.</summary>
/// <param name="At">Time of the block.</param>
/// <param name="Transaction">The transaction.</param>
public abstract record OfferFact(UnixTime At, Hash256 Transaction);

/// <summary>It was posted with this escrow.</summary>
public sealed record OfferWasPosted(UnixTime At, Hash256 Transaction, Amount Escrow) : OfferFact(At, Transaction);

/// <summary>Its unleased part was withdrawn.</summary>
public sealed record OfferWasCancelled(UnixTime At, Hash256 Transaction, Amount Refund) : OfferFact(At, Transaction);

/// <summary>It is over; the rest of the escrow went back.</summary>
public sealed record OfferWasClosed(UnixTime At, Hash256 Transaction, Amount Refund) : OfferFact(At, Transaction);

/// <summary>A range was leased until <paramref name="Due"/>.</summary>
public sealed record LeaseWasMade(UnixTime At, Hash256 Transaction, Lease Lease, UnixTime Due) : OfferFact(At, Transaction);

/// <summary>The consumer does not hear of its device, which must appear until <paramref name="AppearBy"/>.</summary>
public sealed record LeaseWasSummoned(UnixTime At, Hash256 Transaction, LeaseKey Key, UnixTime AppearBy) : OfferFact(At, Transaction);

/// <summary>Its summoned device appeared.</summary>
public sealed record LeaseAppeared(UnixTime At, Hash256 Transaction, LeaseKey Key) : OfferFact(At, Transaction);

/// <summary>A result root was bound; it is payable from <paramref name="FinalAt"/>.</summary>
public sealed record LeaseWasCommitted(UnixTime At, Hash256 Transaction, LeaseKey Key, Hash256 ResultRoot, UnixTime FinalAt) : OfferFact(At, Transaction);

/// <summary>It was paid, by acceptance or trust (<paramref name="Accepted"/>) or because its window passed.</summary>
public sealed record LeaseWasSettled(UnixTime At, Hash256 Transaction, LeaseKey Key, Amount Paid, bool Accepted) : OfferFact(At, Transaction);

/// <summary>It fell, for this reason; the device lost a penalty to the escrow.</summary>
public sealed record LeaseFell(UnixTime At, Hash256 Transaction, LeaseKey Key, LeaseStep Step, Amount Penalty, byte Reason) : OfferFact(At, Transaction);

/// <summary>Its result was challenged.</summary>
public sealed record LeaseWasDisputed(UnixTime At, Hash256 Transaction, LeaseKey Key) : OfferFact(At, Transaction);

/// <summary>The challenge failed: the result is payable.</summary>
public sealed record LeaseWasUpheld(UnixTime At, Hash256 Transaction, LeaseKey Key) : OfferFact(At, Transaction);
