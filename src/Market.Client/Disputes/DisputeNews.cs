using System.Numerics;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Results;
using Market.Ethereum.Rpc;

namespace Market.Client.Disputes;

/// <summary>What a challenger or a player tells of itself.</summary>
public abstract record DisputeNews
{
    private DisputeNews()
    {
    }

    /// <summary>A committed lease was looked at.</summary>
    public sealed record Checked(LeaseEntry Lease, CheckNote Note, int Run) : DisputeNews;

    /// <summary>A committed result differs from what a run here gives.</summary>
    public sealed record Differs(LeaseEntry Lease, uint Tasklet, TaskletResult? Committed, TaskletResult? Found) : DisputeNews;

    /// <summary>A game was opened.</summary>
    public sealed record Opened(LeaseKey Lease, uint Tasklet, TransactionReceipt Receipt) : DisputeNews;

    /// <summary>Something that is withheld was requested on the chain, or a request that nobody answered was ended.</summary>
    /// <param name="Lease">The lease.</param>
    /// <param name="What">The piece.</param>
    /// <param name="Kind">request or closeRequest.</param>
    /// <param name="Receipt">The transaction.</param>
    public sealed record Requested(LeaseKey Lease, RequestTuple What, string Kind, TransactionReceipt Receipt) : DisputeNews;

    /// <summary>A move is in a block.</summary>
    /// <param name="Game">The game as it was before.</param>
    /// <param name="Kind">dissect, prove or timeout.</param>
    /// <param name="Position">Where it stood.</param>
    /// <param name="Proof">The proven step, of a proof.</param>
    /// <param name="Receipt">The transaction.</param>
    public sealed record Moved(GameEntry Game, string Kind, GamePosition Position, GameMove.Prove? Proof, TransactionReceipt Receipt) : DisputeNews;

    /// <summary>What the judge owed was moved out.</summary>
    public sealed record Collected(Amount Amount, TransactionReceipt Receipt) : DisputeNews;

    /// <summary>A call did not take effect; the chain is looked at again.</summary>
    public sealed record Refused(BigInteger? Game, string Kind, string Reason) : DisputeNews;

    /// <summary>Nothing can be done now.</summary>
    public sealed record Waiting(BigInteger? Game, string Reason) : DisputeNews;

    /// <summary>A look failed for a reason that is ours.</summary>
    public sealed record Failed(BigInteger? Game, Exception Exception) : DisputeNews;
}
