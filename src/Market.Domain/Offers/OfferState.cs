namespace Market.Domain.Offers;

/// <summary>Where an offer stands.</summary>
public enum OfferState
{
    /// <summary>Unknown to the contract.</summary>
    None,

    /// <summary>Posted; its free ranges may be leased until the deadline.</summary>
    Open,

    /// <summary>The consumer withdrew what was not leased; open leases run on.</summary>
    Cancelled,

    /// <summary>Nothing is outstanding and the rest of the escrow was returned.</summary>
    Closed,
}

/// <summary>What happens to an offer, as its events report.</summary>
public enum OfferStep
{
    /// <summary>Terms were posted and escrowed.</summary>
    Post,

    /// <summary>The consumer cancelled the unleased part.</summary>
    Cancel,

    /// <summary>Anyone closed it.</summary>
    Close,
}

/// <summary>
/// An offer's life:
/// <code>
/// None --Post--> Open --Cancel--> Cancelled --Close--> Closed
///                  \------------Close------------------^
/// </code>
/// </summary>
public static class OfferLifecycle
{
    /// <summary>The state after <paramref name="step"/>, or null if it is not allowed from <paramref name="state"/>.</summary>
    public static OfferState? Next(OfferState state, OfferStep step) => (state, step) switch
    {
        (OfferState.None, OfferStep.Post) => OfferState.Open,
        (OfferState.Open, OfferStep.Cancel) => OfferState.Cancelled,
        (OfferState.Open or OfferState.Cancelled, OfferStep.Close) => OfferState.Closed,
        _ => null,
    };
}
