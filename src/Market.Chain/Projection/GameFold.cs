using System.Numerics;
using Market.Chain.Following;
using Market.Chain.Generated.DisputeGame;
using Market.Domain.Leases;
using Market.Domain.Money;

namespace Market.Chain.Projection;

/// <summary>What events of games change.</summary>
internal static class GameFold
{
    // What a game is about is told before its opening, in the same transaction.
    public static MarketState Challenge(MarketState state, LeaseChallengedEvent m) => state with
    {
        Games = state.Games.SetItem(m.Game, new GameEntry(m.Game, m.Challenger, default, [], null, new GameSubject(new LeaseKey(m.LeaseKey), m.Index, m.Rounds))),
    };

    public static MarketState Open(MarketState state, GameOpenedEvent m, ChainEvent e) => Change(state, m.Game, g => g with
    {
        Provider = m.Provider,
        Accounts = [new GameAccountEntry(SideCode.Challenger, 0, m.From, m.Hashes, e.Block, e.Transaction)],
    });

    public static MarketState Dissect(MarketState state, GameDissectedEvent m, ChainEvent e) => Change(state, m.Game, g => g with
    {
        Accounts = g.Accounts.Add(new GameAccountEntry(m.By, (int)m.Index, m.From, m.Hashes, e.Block, e.Transaction)),
    });

    // Proof and timeout are told before the win, in the same transaction.
    public static MarketState Prove(MarketState state, GameProvenEvent m, ChainEvent e) => Change(state, m.Game, g => g with
    {
        End = new GameEndEntry(g.Mover, g.Player(g.Mover), false, (int)m.Index, e.Block, e.Transaction),
    });

    public static MarketState TimeOut(MarketState state, GameTimedOutEvent m, ChainEvent e) => Change(state, m.Game, g =>
    {
        var winner = m.Loser == SideCode.Provider ? SideCode.Challenger : SideCode.Provider;
        return g with { End = new GameEndEntry(winner, g.Player(winner), true, 0, e.Block, e.Transaction) };
    });

    public static MarketState Win(MarketState state, GameWonEvent m, ChainEvent e) => Change(state, m.Game, g => g with
    {
        End = (g.End ?? new GameEndEntry(m.Winner, m.Player, false, 0, e.Block, e.Transaction)) with { Winner = m.Winner, Player = m.Player },
    });

    public static MarketState Settle(MarketState state, GameSettledEvent m, ChainEvent e) => Change(state, m.Game, g => g with
    {
        Settlement = new GameSettlement(m.Payee, new Amount(m.Paid), new Amount(m.Burned), e.Transaction),
    });

    private static MarketState Change(MarketState state, BigInteger id, Func<GameEntry, GameEntry> change) =>
        state.Games.TryGetValue(id, out var game) ? state with { Games = state.Games.SetItem(id, change(game)) } : state;
}
