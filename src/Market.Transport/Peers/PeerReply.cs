namespace Market.Transport.Peers;

/// <summary>What came of a call to a peer.</summary>
public enum PeerOutcome
{
    /// <summary>Never of a finished call.</summary>
    Unspecified = 0,

    /// <summary>It answered.</summary>
    Ok,

    /// <summary>It could not be reached, or is not the one that published its key, or hung up: try another or later.</summary>
    Unavailable,

    /// <summary>It did not answer in time.</summary>
    TimedOut,

    /// <summary>It refused for good; the reason says why.</summary>
    Refused,

    /// <summary>It is out of room, or we asked too often: try another or later.</summary>
    Busy,

    /// <summary>It sent something that does not prove right. It should not be asked again.</summary>
    Faulty,

    /// <summary>This side could not keep what came: no room left.</summary>
    NoRoom,
}

/// <summary>A peer's answer; the value is set only when the outcome is <see cref="PeerOutcome.Ok"/>.</summary>
/// <param name="Outcome">What came of the call.</param>
/// <param name="Value">The answer.</param>
/// <param name="Reason">A stable word for the log, such as QUOTA_EXCEEDED.</param>
public readonly record struct PeerReply<T>(PeerOutcome Outcome, T? Value, string Reason)
    where T : class
{
    /// <summary>Whether there is an answer.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    public bool IsOk => Outcome == PeerOutcome.Ok;

    /// <summary>The same refusal as the answer to a larger question.</summary>
    public PeerReply<TOther> As<TOther>()
        where TOther : class => new(Outcome, null, Reason);
}
