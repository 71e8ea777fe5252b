namespace Market.Client.Faults;

/// <summary>What went wrong, in words for the person who can mend it.</summary>
/// <param name="Code">Stable code, such as E2104; <c>market explain</c> knows each.</param>
/// <param name="Exit">What the command line exits with.</param>
/// <param name="Message">What happened and what state things are in; one sentence or a few lines.</param>
/// <param name="Fix">What to do or run next.</param>
public sealed record MarketFault(string Code, ExitCode Exit, string Message, string Fix);

/// <summary>Carries a fault to the edge of a command or request, where it is shown.</summary>
public sealed class MarketException : Exception
{
    /// <summary>Carries <paramref name="fault"/>.</summary>
    public MarketException(MarketFault fault, Exception? cause = null)
        : base(fault.Message, cause) => Fault = fault;

    /// <summary>Shorthand for a fault raised where it is found.</summary>
    public MarketException(string code, ExitCode exit, string message, string fix, Exception? cause = null)
        : this(new MarketFault(code, exit, message, fix), cause)
    {
    }

    /// <summary>What is shown to the user.</summary>
    public MarketFault Fault { get; }
}
