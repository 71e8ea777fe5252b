using System.Collections.Immutable;
using Market.Chain;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Ethereum.Abi;
using Market.Hashing;
using Market.Wasm.Machine.Stepping;

namespace Market.Client.Disputes;

/// <summary>One transaction of a game.</summary>
/// <param name="Kind">open, dissect, prove, timeout or settle.</param>
/// <param name="By">The side that made it; null of a settlement, which anyone may make.</param>
/// <param name="Start">Steps before the segment that it is about.</param>
/// <param name="Length">Steps of that segment.</param>
/// <param name="Transaction">The transaction.</param>
/// <param name="Gas">Gas used.</param>
/// <param name="At">Block time.</param>
/// <param name="Took">Seconds since the move before: what it took from the mover's clock.</param>
public sealed record DisputeTurn(string Kind, SideCode? By, long Start, long Length, Hash256 Transaction, ulong Gas, UnixTime At, ulong Took);

/// <summary>A game as a story, from the chain alone.</summary>
/// <param name="Game">The game.</param>
/// <param name="Turns">Its transactions, oldest first.</param>
/// <param name="Step">The step that was proven, read from its proof; null if none was.</param>
/// <param name="Claimed">The state that the loser claimed behind that step.</param>
/// <param name="Proven">The state that it leads to.</param>
/// <param name="StepNumber">How many steps of the run come before it.</param>
/// <param name="Slashed">What the device lost with the verdict.</param>
/// <param name="Deadline">Until when the mover must move; null when the game is over.</param>
public sealed record DisputeStory(
    GameEntry Game, ImmutableArray<DisputeTurn> Turns, ProvenStep? Step, Hash256? Claimed, Hash256? Proven, long? StepNumber, Amount Slashed, UnixTime? Deadline)
{
    /// <summary>Gas of the whole game.</summary>
    public ulong Gas => Turns.Aggregate(0UL, (sum, t) => sum + t.Gas);

    /// <summary>Reads it.</summary>
    public static async Task<DisputeStory> ReadAsync(MarketConnection market, JudgeAccount judge, GameEntry game, CancellationToken cancel)
    {
        var turns = ImmutableArray.CreateBuilder<DisputeTurn>();
        var before = default(UnixTime?);
        for (var i = 0; i < game.Accounts.Count; i++)
        {
            var account = game.Accounts[i];
            var position = GamePosition.Of(game, i + 1);
            await AddAsync(i == 0 ? "open" : "dissect", account.By, position.Start, position.Length, account.Transaction, account.Block.Time);
        }

        var (step, claimed, proven, number) = (default(ProvenStep), default(Hash256?), default(Hash256?), default(long?));
        if (game.End is { } end)
        {
            var position = GamePosition.Of(game);
            await AddAsync(end.ByTimeout ? "timeout" : "prove", end.Winner, position.Start, position.Length, end.Transaction, end.Block.Time);
            if (end.ProvenIndex > 0)
            {
                number = position.Start + end.ProvenIndex - 1;
                claimed = position.Hashes[end.ProvenIndex - 1];
                if (await market.Client.InputAsync(end.Transaction, cancel) is { } input && AbiCodec.DecodeCall<ProveFunction>(input.Memory) is { } call) step = ProofText.Read(call.Proof.Span);
                if (await market.Client.ReceiptAsync(end.Transaction, cancel) is { } receipt) proven = receipt.Of<GameProvenEvent>(judge.Address) is [var told, ..] ? told.Next : null;
            }
        }

        var slashed = Amount.Zero;
        if (game.Settlement is { } settled && await market.Client.ReceiptAsync(settled.Transaction, cancel) is { } settling)
        {
            turns.Add(new DisputeTurn("settle", null, 0, 0, settled.Transaction, settling.GasUsed, before ?? default, 0));
            slashed = settling.Of<DeviceSlashedEvent>(market.Deployment.Market).Aggregate(Amount.Zero, (sum, e) => sum + new Amount(e.Amount));
        }

        return new DisputeStory(game, turns.ToImmutable(), step, claimed, proven, number, slashed, game.End is null ? await judge.DeadlineAsync(game.Id, cancel) : null);

        async Task AddAsync(string kind, SideCode by, long start, long length, Hash256 transaction, UnixTime at)
        {
            var receipt = await market.Client.ReceiptAsync(transaction, cancel);
            turns.Add(new DisputeTurn(kind, by, start, length, transaction, receipt?.GasUsed ?? 0, at, before is { } last ? at.Seconds - last.Seconds : 0));
            before = at;
        }
    }
}
