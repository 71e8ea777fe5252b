using System.Collections.Immutable;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>Where a game stands: the segment that its last account is about.</summary>
/// <param name="Start">Steps of the run before the segment; both sides agree on the state there.</param>
/// <param name="Length">Steps of the segment.</param>
/// <param name="From">The state at its start.</param>
/// <param name="Hashes">The last account: 32 states at equal distances.</param>
/// <param name="Mover">The side whose turn it is: the one that did not post that account.</param>
public sealed record GamePosition(long Start, long Length, Hash256 From, ImmutableArray<Hash256> Hashes, SideCode Mover)
{
    /// <summary>Hashes in an account.</summary>
    public const int Fan = 32;

    /// <summary>Steps between two hashes.</summary>
    public long Segment => Length / Fan;

    /// <summary>Whether segments are single steps: the next move is a proof.</summary>
    public bool IsLast => Segment == 1;

    /// <summary>The position after the first <paramref name="accounts"/> accounts of a game.</summary>
    /// <param name="game">The game.</param>
    /// <param name="accounts">How many of its accounts; null for all.</param>
    public static GamePosition Of(GameEntry game, int? accounts = null)
    {
        var (start, length) = (0L, 1L << (5 * game.Subject.Rounds));
        var posted = game.Accounts.Take(accounts ?? game.Accounts.Count).ToList();
        foreach (var account in posted.Skip(1))
        {
            var segment = length / Fan;
            start += segment * (account.Index - 1);
            length = segment;
        }

        var last = posted[^1];
        return new GamePosition(start, length, last.From, last.Hashes, posted.Count % 2 == 1 ? SideCode.Provider : SideCode.Challenger);
    }
}
