using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Chain.Following;

/// <summary>A block by height and hash, with its time.</summary>
public sealed record ChainPoint(ulong Number, Hash256 Hash, UnixTime Time);

/// <summary>An event of the market's contracts.</summary>
/// <param name="Message">The generated record, to match on.</param>
/// <param name="Emitter">The contract.</param>
/// <param name="Block">The block that holds it.</param>
/// <param name="Transaction">The transaction that emitted it.</param>
/// <param name="LogIndex">Its place in the block.</param>
public sealed record ChainEvent(object Message, Address Emitter, ChainPoint Block, Hash256 Transaction, ulong LogIndex);

/// <summary>How what is known of the chain changes.</summary>
public abstract record ChainUpdate
{
    private ChainUpdate()
    {
    }

    /// <summary>
    /// The chain is known up to <paramref name="Head"/>. All <paramref name="Events"/> stand in that block; blocks between the
    /// last point and this one held none.
    /// </summary>
    public sealed record Advanced(ChainPoint Head, ImmutableArray<ChainEvent> Events) : ChainUpdate;

    /// <summary>Blocks above <paramref name="To"/> are no longer part of the chain; null: all that was ever told.</summary>
    public sealed record RolledBack(ChainPoint? To) : ChainUpdate;
}
