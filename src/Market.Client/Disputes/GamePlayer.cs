using System.Collections.Concurrent;
using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;

namespace Market.Client.Disputes;

/// <summary>
/// Plays every game of one account to its end, from either side and any number side by side. Keeps nothing of a game but what
/// it sent: each move is found from the chain's events as they are now, so that a restart, a reorganisation or a silent
/// endpoint costs time and nothing else. Tell it of each block.
/// </summary>
/// <param name="sender">Signs and sends; the account that plays.</param>
/// <param name="judge">The contract that games are played on.</param>
/// <param name="state">What the chain says now.</param>
/// <param name="locator">Finds what a game is about.</param>
/// <param name="accounts">Knows the runs.</param>
/// <param name="journal">Remembers moves.</param>
/// <param name="news">Told of what happens.</param>
/// <param name="time">For the journal.</param>
public sealed class GamePlayer(
    TransactionSender sender, JudgeAccount judge, Func<MarketState> state, RunLocator locator, AccountShelf accounts, IDisputeJournal journal, Action<DisputeNews> news, TimeProvider time)
{
    private readonly ConcurrentDictionary<BigInteger, ulong> _sentIn = new();
    private readonly Dictionary<BigInteger, Task> _running = [];
    private readonly ConcurrentDictionary<BigInteger, bool> _stuck = new();
    private Task _collecting = Task.CompletedTask;
    private int _paid = -1;

    /// <summary>Games that are not over and that this account plays in.</summary>
    public IEnumerable<GameEntry> Open => state().Games.Values.Where(g => g is { End: null, Accounts.Count: > 0 } && Plays(g));

    /// <summary>Starts what is due in each game and returns at once.</summary>
    public void Look(CancellationToken cancel)
    {
        foreach (var ended in _running.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToList()) _running.Remove(ended);
        foreach (var game in Open.Concat(state().Games.Values.Where(IsUnpaid)))
        {
            if (!_running.ContainsKey(game.Id)) _running[game.Id] = Task.Run(() => SeeToAsync(game, cancel), CancellationToken.None);
        }

        Collect(cancel);
    }

    /// <summary>Waits until nothing is being thought about or sent.</summary>
    public Task IdleAsync() => Task.WhenAll([.. _running.Values, _collecting]);

    /// <summary>Whether all that the judge was found to owe has been moved out.</summary>
    public bool IsCollected => _paid >= 0 && _collecting.IsCompleted;

    // What the judge owes this account only grows when a game is settled. Between games it stays there for the next bond.
    private void Collect(CancellationToken cancel)
    {
        var games = state().Games.Values;
        var paid = games.Count(g => g.Settlement?.Payee == sender.Account);
        if (paid == _paid || !_collecting.IsCompleted || games.Any(g => g.Settlement is null && Plays(g))) return;
        _paid = paid;
        _collecting = Task.Run(() => CollectAsync(cancel), CancellationToken.None);
    }

    private async Task CollectAsync(CancellationToken cancel)
    {
        try
        {
            var owed = await judge.OwedAsync(cancel);
            if (owed == Amount.Zero) return;
            var outcome = await judge.WithdrawAsync(cancel);
            news(outcome is SendOutcome.Mined mined ? new DisputeNews.Collected(owed, mined.Receipt) : new DisputeNews.Refused(null, "withdraw", outcome.Describe()));
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException or ContractReadException or OperationCanceledException)
        {
            _paid = -1;
        }
    }

    private bool Plays(GameEntry game) => game.Provider == sender.Account || game.Challenger == sender.Account;

    private async Task SeeToAsync(GameEntry game, CancellationToken cancel)
    {
        try
        {
            // Our move is in a block that the events have not come to.
            if (_sentIn.TryGetValue(game.Id, out var block) && (state().Head?.Number ?? 0) < block) return;
            if (game.End is not null) await SettleAsync(game, cancel);
            else if (game.Player(game.Mover) == sender.Account) await MoveAsync(game, cancel);
            else await TimeOutAsync(game, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The next process goes on from the chain.
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException or ContractReadException)
        {
            news(new DisputeNews.Waiting(game.Id, $"the chain cannot be reached: {e.Message}"));
        }
#pragma warning disable CA1031 // The edge of a loop: one bad look must not leave a game to its clock.
        catch (Exception e)
#pragma warning restore CA1031
        {
            news(new DisputeNews.Failed(game.Id, e));
        }
    }

    // Who lost leaves it to the winner to collect.
    private bool IsUnpaid(GameEntry game) => game is { End: { } end, Settlement: null } && end.Player == sender.Account && state().Leases.ContainsKey(game.Subject.Lease);

    private async Task SettleAsync(GameEntry game, CancellationToken cancel)
    {
        var now = state();
        var lease = now.Leases[game.Subject.Lease].Lease;
        await SendAsync(game, "settle", JudgeAccount.Settle(now.Offers[lease.Offer].Terms, lease, game), GamePosition.Of(game), null, cancel);
    }

    private async Task MoveAsync(GameEntry game, CancellationToken cancel)
    {
        var subject = game.Subject;
        var (run, missing) = await locator.FindAsync(state(), subject.Lease, subject.Tasklet, cancel);
        if (run is null)
        {
            news(new DisputeNews.Waiting(game.Id, $"no move without {missing}"));
            return;
        }

        var position = GamePosition.Of(game);
        var move = await accounts.AskAsync(subject.Lease, subject.Tasklet, run, (account, token) => GameMove.Of(position, account, token), cancel);

        // Thinking took a while: blocks may have come or gone.
        if (!IsStill(game)) return;
        switch (move)
        {
            case GameMove.Dissect m:
                await SendAsync(game, "dissect", new DissectFunction(game.Id, m.Parting, m.Hashes), position, null, cancel);
                break;
            case GameMove.Prove m:
                await SendAsync(game, "prove", new ProveFunction(game.Id, m.Parting, HexBytes.Wrap(m.Scene.Proof)), position, m, cancel);
                break;
            case GameMove.Stuck stuck:
                if (_stuck.TryAdd(game.Id, true)) news(new DisputeNews.Waiting(game.Id, $"no move: {stuck.Reason}"));
                break;
        }
    }

    private async Task TimeOutAsync(GameEntry game, CancellationToken cancel)
    {
        var head = state().Head;
        var deadline = await judge.DeadlineAsync(game.Id, cancel);
        if (head is null || deadline is null || head.Time <= deadline.Value || !IsStill(game)) return;
        await SendAsync(game, "timeout", new TimeoutFunction(game.Id), GamePosition.Of(game), null, cancel);
    }

    private async Task SendAsync<TFunction>(GameEntry game, string kind, TFunction call, GamePosition position, GameMove.Prove? proof, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction>
    {
        var number = game.Accounts.Count;
        journal.Save(new MoveNote(game.Id, number, kind, "sending", null, 0, time.GetUtcNow()));
        var outcome = await sender.SendAsync(judge.Address, call, cancel);
        var receipt = outcome.Included;
        if (receipt is not null) _sentIn[game.Id] = receipt.BlockNumber;
        journal.Save(new MoveNote(game.Id, number, kind, outcome.Name, receipt?.TransactionHash, receipt?.GasUsed ?? 0, time.GetUtcNow()));
        news(outcome is SendOutcome.Mined ? new DisputeNews.Moved(game, kind, position, proof, receipt!) : new DisputeNews.Refused(game.Id, kind, outcome.Describe()));
    }

    private bool IsStill(GameEntry game) =>
        state().Games.TryGetValue(game.Id, out var now) && now.End is null && now.Accounts.Count == game.Accounts.Count
        && now.Accounts[^1].Hashes.SequenceEqual(game.Accounts[^1].Hashes);
}
