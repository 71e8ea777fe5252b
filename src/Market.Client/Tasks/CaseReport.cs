using Market.Domain.Jobs;
using Market.Sandbox;

namespace Market.Client.Tasks;

/// <summary>What a case showed.</summary>
/// <param name="Case">The case.</param>
/// <param name="Verdict">How it went.</param>
/// <param name="Detail">For people: what differs, or how the run ended.</param>
/// <param name="Fuel">Fuel that the run used.</param>
/// <param name="Elapsed">The faster of two runs.</param>
/// <param name="First">The first run, if it came to an end.</param>
public sealed record CaseReport(TaskCase Case, CaseVerdict Verdict, string Detail, Fuel Fuel, TimeSpan Elapsed, RunOutcome.Halted? First)
{
    /// <summary>Whether devices would be paid for this and the consumer be content.</summary>
    public bool Passed => Verdict is CaseVerdict.Matched or CaseVerdict.Ended;
}

/// <summary>How a case went.</summary>
public enum CaseVerdict
{
    /// <summary>Never of a case that was run.</summary>
    Unspecified = 0,

    /// <summary>Exited with 0 and wrote what was expected.</summary>
    Matched,

    /// <summary>Exited with 0; nothing was expected.</summary>
    Ended,

    /// <summary>Wrote something else than expected.</summary>
    Differs,

    /// <summary>Exited with another code, or trapped.</summary>
    Failed,

    /// <summary>Two runs came to different results.</summary>
    NotRepeatable,

    /// <summary>The limits do not fit the module, or this machine could not finish the run.</summary>
    GivenUp,
}
