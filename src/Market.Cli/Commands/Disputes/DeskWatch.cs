using System.Numerics;
using Market.Chain;
using Market.Chain.Projection;
using Market.Client.Disputes;
using Market.Client.Faults;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Cli.Commands.Disputes;

/// <summary>Tells what opponents do, and knows when a game of this account has been won and paid.</summary>
internal sealed class DeskWatch(DisputeDesk desk, DisputeLines lines)
{
    private readonly Dictionary<BigInteger, int> _told = [];

    /// <summary>Looks at the newest state; true once a game is won and nothing of this account is open or owed.</summary>
    public bool Look(MarketState state)
    {
        var mine = state.Games.Values.Where(g => g.Challenger == desk.Judge.Account || g.Provider == desk.Judge.Account).ToList();
        foreach (var game in mine)
        {
            for (var i = _told.GetValueOrDefault(game.Id); i < game.Accounts.Count; i++)
            {
                var by = game.Accounts[i].By;
                lines.TellAccount(game.Id, by, game.Player(by), GamePosition.Of(game, i + 1), "answers with its account of");
            }

            _told[game.Id] = game.Accounts.Count;
        }

        return mine.Any(g => g.End?.Player == desk.Judge.Account) && mine.All(g => g.Settlement is not null) && desk.Player.IsCollected;
    }
}

/// <summary>What is checked before a desk begins.</summary>
internal static class DeskChecks
{
    /// <summary>Whether the account can post a bond.</summary>
    /// <exception cref="MarketException">E2506: it cannot.</exception>
    public static async Task BondAsync(MarketConnection market, DisputeDesk desk, Address account, Asset asset, CancellationToken cancel)
    {
        var bond = new Amount((await desk.Judge.ParametersAsync(cancel)).Bond);
        var held = await market.Token.BalanceAsync(account, cancel) + await desk.Judge.OwedAsync(cancel);
        if (held >= bond) return;
        throw new MarketException(
            "E2506", ExitCode.Funds, $"A game holds a bond of {asset.Format(bond)}; {account} has {asset.Format(held)} outside the market.", "market account withdraw, or send the account tokens");
    }
}
