using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Receipts;
using Market.Hashing;

namespace Market.Domain.Progress;

/// <summary>Where one lease stands, from the facts about it.</summary>
public sealed record LeaseView(Lease Lease, LeaseKey Key, UnixTime LeasedAt, UnixTime Due)
{
    /// <summary>Its state.</summary>
    public LeaseState State { get; init; } = LeaseState.Leased;

    /// <summary>Whether its device was ever summoned.</summary>
    public bool Summoned { get; init; }

    /// <summary>Until when its device must appear; null if it need not, or did.</summary>
    public UnixTime? AppearBy { get; init; }

    /// <summary>The committed root; null before.</summary>
    public Hash256? ResultRoot { get; init; }

    /// <summary>When it was committed.</summary>
    public UnixTime? CommittedAt { get; init; }

    /// <summary>When it is payable without acceptance.</summary>
    public UnixTime? FinalAt { get; init; }

    /// <summary>The transaction that committed.</summary>
    public Hash256? CommitTransaction { get; init; }

    /// <summary>What the device was paid.</summary>
    public Amount Paid { get; init; }

    /// <summary>Whether it was settled by acceptance or trust.</summary>
    public bool Accepted { get; init; }

    /// <summary>Whether a dispute was decided for it.</summary>
    public bool Upheld { get; init; }

    /// <summary>What the device lost to the escrow.</summary>
    public Amount Penalty { get; init; }

    /// <summary>The reason of a decline, as the contract counts them.</summary>
    public byte DeclineReason { get; init; }

    /// <summary>Whether its results can be fetched: bound, and not fallen.</summary>
    public bool HasResults => ResultRoot is not null && State is LeaseState.Committed or LeaseState.Disputed or LeaseState.Settled;

    /// <summary>What a receipt may say of its results.</summary>
    /// <param name="trusted">Whether the offer's verdict is trust, where settling at commit is the rule.</param>
    public ReceiptState? ReceiptState(bool trusted) => this switch
    {
        { State: not LeaseState.Settled } => null,
        { Accepted: true } when !trusted => Receipts.ReceiptState.Accepted,
        _ => Receipts.ReceiptState.Final,
    };
}
