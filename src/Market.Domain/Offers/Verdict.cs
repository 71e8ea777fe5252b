namespace Market.Domain.Offers;

/// <summary>How a committed result becomes final.</summary>
public enum Verdict : byte
{
    /// <summary>Not given; no offer carries it.</summary>
    Unspecified = 0,

    /// <summary>Named devices are believed; a lease settles when it commits.</summary>
    Trusted = 1,

    /// <summary>Anyone may challenge during a window; silence makes the result final. The consumer may accept early.</summary>
    Optimistic = 2,
}
