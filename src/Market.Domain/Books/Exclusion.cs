namespace Market.Domain.Books;

/// <summary>Why a bid cannot serve an offer; the first that applies is counted. Numbers as in the contract, then the planner's own.</summary>
public enum Exclusion : byte
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>Bid or capability ran out.</summary>
    Expired = 1,

    /// <summary>No free lane.</summary>
    Full = 2,

    /// <summary>Below the least score, or no tasklet ends before the lease is due.</summary>
    TooSlow = 3,

    /// <summary>Less memory than the job's limit.</summary>
    TooLittleMemory = 4,

    /// <summary>Does not take this kind of verdict.</summary>
    Verdict = 5,

    /// <summary>Free stake covers no bond.</summary>
    TooLittleStake = 6,

    /// <summary>Cannot take the least lease that the offer allows.</summary>
    TooSmall = 7,

    /// <summary>Asks more than the reserve.</summary>
    TooExpensive = 8,

    /// <summary>A named device that bids in another book, or nowhere.</summary>
    WrongClass = 9,

    /// <summary>A named device that may not lease: retired or banned.</summary>
    Leasing = 10,

    /// <summary>Planner only: not among the named devices.</summary>
    NotNamed = 64,

    /// <summary>Planner only: its attestation is below what the job asks for.</summary>
    Attestation = 65,

    /// <summary>Planner only: it bids in another region than the job asks for.</summary>
    Region = 66,
}
