using System.Numerics;
using Market.Domain.Leases;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>What looking at a committed lease showed.</summary>
public enum CheckOutcome
{
    /// <summary>Not looked at.</summary>
    None = 0,

    /// <summary>Every tasklet that was run gave what was committed.</summary>
    Agreed = 1,

    /// <summary>A tasklet gave something else, by the fast machine too.</summary>
    Differs = 2,

    /// <summary>Not enough could be had to tell: a result, an input or the module is withheld.</summary>
    Withheld = 3,

    /// <summary>Left alone: not in the share, over a cap, or too little time.</summary>
    Skipped = 4,
}

/// <summary>A look at a committed lease.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Root">The committed root: another root is another claim.</param>
/// <param name="Outcome">What it showed.</param>
/// <param name="Tasklet">The first tasklet that differs, by its number in the offer.</param>
/// <param name="Detail">In words.</param>
public sealed record CheckNote(LeaseKey Lease, Hash256 Root, CheckOutcome Outcome, uint Tasklet, string Detail);

/// <summary>A move, noted before it is sent and again with what became of it.</summary>
/// <param name="Game">The game.</param>
/// <param name="Number">Accounts posted before it.</param>
/// <param name="Kind">open, dissect, prove or timeout.</param>
/// <param name="Outcome">sending, then what <see cref="Chain.Transactions.SendOutcome.Name"/> says.</param>
/// <param name="Transaction">The transaction, once a block holds it.</param>
/// <param name="Gas">Gas used; zero before.</param>
/// <param name="At">When.</param>
public sealed record MoveNote(BigInteger Game, int Number, string Kind, string Outcome, Hash256? Transaction, ulong Gas, DateTimeOffset At);

/// <summary>
/// What a side of disputes remembers over a crash. The chain knows each game; this knows what was looked at, so that nothing
/// is run twice, and what was sent. Each write is durable when it returns.
/// </summary>
public interface IDisputeJournal
{
    /// <summary>The last look at a lease; null if there was none.</summary>
    CheckNote? Find(LeaseKey lease);

    /// <summary>Notes a look.</summary>
    void Save(CheckNote note);

    /// <summary>Notes a move.</summary>
    void Save(MoveNote move);

    /// <summary>All moves noted, oldest first.</summary>
    IReadOnlyList<MoveNote> Moves();
}
