using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Following;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Chain.Projection;

/// <summary>One side's account of a segment, as it posted it.</summary>
/// <param name="By">The side.</param>
/// <param name="Index">Which of the opponent's 32 hashes it disputed, from 1; zero for the opening, which covers the whole run.</param>
/// <param name="From">The state at the segment's start.</param>
/// <param name="Hashes">32 states at equal distances, the last at the segment's end.</param>
/// <param name="Block">The block that holds it.</param>
/// <param name="Transaction">The transaction that posted it.</param>
public sealed record GameAccountEntry(SideCode By, int Index, Hash256 From, ImmutableArray<Hash256> Hashes, ChainPoint Block, Hash256 Transaction);

/// <summary>How a game ended.</summary>
/// <param name="Winner">The side that won.</param>
/// <param name="Player">Its account.</param>
/// <param name="ByTimeout">Whether the loser ran out of time, rather than being proven wrong.</param>
/// <param name="ProvenIndex">Which of the loser's 32 single steps was proven wrong, from 1; zero if none was.</param>
/// <param name="Block">The block that holds the end.</param>
/// <param name="Transaction">The transaction that ended it.</param>
public sealed record GameEndEntry(SideCode Winner, Address Player, bool ByTimeout, int ProvenIndex, ChainPoint Block, Hash256 Transaction);

/// <summary>What a game is about.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Tasklet">The tasklet, by its number in the offer.</param>
/// <param name="Rounds">Accounts until segments are single steps: the game is about 32^Rounds steps.</param>
public sealed record GameSubject(LeaseKey Lease, uint Tasklet, byte Rounds);

/// <summary>Where a game's bond went.</summary>
/// <param name="Payee">The challenger, or the owner of the device.</param>
/// <param name="Paid">What it is owed.</param>
/// <param name="Burned">The rest.</param>
/// <param name="Transaction">The transaction.</param>
public sealed record GameSettlement(Address Payee, Amount Paid, Amount Burned, Hash256 Transaction);

/// <summary>A game as its events tell it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Challenger">Opened it.</param>
/// <param name="Provider">Defends the committed result.</param>
/// <param name="Accounts">All accounts, the challenger's opening first; sides alternate.</param>
/// <param name="End">How it ended; null while it is played.</param>
/// <param name="Subject">The committed result that it is about.</param>
public sealed record GameEntry(BigInteger Id, Address Challenger, Address Provider, ImmutableList<GameAccountEntry> Accounts, GameEndEntry? End, GameSubject Subject)
{
    /// <summary>Where its bond went; null while it holds it.</summary>
    public GameSettlement? Settlement { get; init; }

    /// <summary>Whose turn it is, or whose it was when it ended.</summary>
    public SideCode Mover => Accounts.Count % 2 == 1 ? SideCode.Provider : SideCode.Challenger;

    /// <summary>A side's account.</summary>
    public Address Player(SideCode side) => side == SideCode.Provider ? Provider : Challenger;
}
