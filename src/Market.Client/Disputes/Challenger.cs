using System.Security.Cryptography;
using Market.Chain.Contracts;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Ethereum.Rpc;

namespace Market.Client.Disputes;

/// <summary>
/// Watches what others commit to: runs it again, has the judge force out what is withheld, and accuses what is wrong. What it has looked at is in
/// its journal, so a restart looks at nothing twice; what it has opened is on the chain, where the player finds it. Tell it of
/// each block.
/// </summary>
public sealed class Challenger(
    ComputeMarketAccount account,
    JudgeAccount judge,
    Func<MarketState> state,
    LeaseCheck check,
    Accuser accuser,
    PieceCollector pieces,
    IDisputeJournal journal,
    ChallengerOptions options,
    RandomNumberGenerator random,
    Action<DisputeNews> news)
{
    // Below this many seconds of window left an accusation may come too late to be worth its gas.
    private const ulong LeastWindow = 1;
    private const int LeasesAtOnce = 4;
    private readonly Dictionary<LeaseKey, Task> _running = [];
    private readonly HashSet<(LeaseKey, string)> _told = [];

    /// <summary>Starts what is due about each committed lease and returns at once.</summary>
    public void Look(CancellationToken cancel)
    {
        var now = state();
        foreach (var ended in _running.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToList()) _running.Remove(ended);
        foreach (var entry in now.OpenLeases.Select(key => now.Leases[key]).OrderBy(l => l.FinalAt?.Seconds ?? 0))
        {
            if (IsOver(entry, now) || IsOwn(entry, now) || IsAccused(entry, now) || _running.ContainsKey(entry.Key)) continue;
            // A few side by side, so that a long lease does not keep the next from being looked at within its window.
            if (_running.Count >= LeasesAtOnce) return;
            _running[entry.Key] = Task.Run(() => SeeToAsync(entry, cancel), CancellationToken.None);
        }
    }

    /// <summary>Waits until nothing is being run or sent.</summary>
    public Task IdleAsync() => Task.WhenAll(_running.Values);

    private bool IsOver(LeaseEntry entry, MarketState now)
    {
        if (entry.State is not (LeaseState.Committed or LeaseState.Disputed) || entry.ResultRoot is not { } root) return true;
        if (!now.Offers.TryGetValue(entry.Lease.Offer, out var offer) || offer.Terms.Verdict != Verdict.Optimistic) return true;
        // A dispute outlives the window: what was requested may be shown after it, and games may follow.
        if (entry.WindowEnd is { } end && !entry.Demanded && entry.State != LeaseState.Disputed && (now.Head?.Time.Seconds ?? 0) + LeastWindow > end.Seconds) return true;
        return journal.Find(entry.Key) is { } note && note.Root == root && note.Outcome is CheckOutcome.Agreed or CheckOutcome.Skipped;
    }

    private bool IsOwn(LeaseEntry entry, MarketState now) =>
        now.Devices.TryGetValue(entry.Lease.Device, out var device) && (device.Operator == account.Account || device.Owner == account.Account);

    // Our game about it is the player's to end; which tasklet it is about makes no difference to the lease.
    private bool IsAccused(LeaseEntry entry, MarketState now) => now.Games.Values.Any(g => g.Challenger == account.Account && g.Subject.Lease == entry.Key && g.Settlement is null);

    private async Task SeeToAsync(LeaseEntry entry, CancellationToken cancel)
    {
        try
        {
            await StepAsync(entry, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // What was not noted is looked at again.
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException or ContractReadException)
        {
            news(new DisputeNews.Waiting(null, $"the chain cannot be reached: {e.Message}"));
        }
#pragma warning disable CA1031 // The edge of a loop: one bad look must not end the watch.
        catch (Exception e)
#pragma warning restore CA1031
        {
            news(new DisputeNews.Failed(null, e));
        }
    }

    private async Task StepAsync(LeaseEntry entry, CancellationToken cancel)
    {
        var now = state();
        var note = journal.Find(entry.Key);
        if (note is null || note.Root != entry.ResultRoot)
        {
            if (Dice() >= options.LeaseBps)
            {
                journal.Save(new CheckNote(entry.Key, entry.ResultRoot!.Value, CheckOutcome.Skipped, 0, "not in the share"));
                return;
            }
        }

        var records = await pieces.RecordsAsync(now, entry, cancel);
        var finding = await check.LookAsync(now, entry, records, cancel);
        // A list that could be had at last settles what was withheld before.
        var told = new CheckNote(entry.Key, entry.ResultRoot!.Value, finding.Outcome, finding.Tasklet, finding.Detail);
        if (note != told)
        {
            journal.Save(told);
            news(new DisputeNews.Checked(entry, told, finding.Ran));
        }

        switch (finding.Outcome)
        {
            case CheckOutcome.Differs:
                await AccuseAsync(entry, finding, cancel);
                break;
            case CheckOutcome.Withheld:
                await pieces.CollectAsync(state(), entry, finding.Gaps, records.Count, cancel);
                break;
            default:
                break;
        }
    }

    private async Task AccuseAsync(LeaseEntry entry, LeaseFinding finding, CancellationToken cancel)
    {
        var now = state();
        var offer = now.Offers[entry.Lease.Offer];
        // One that was lost is not played again.
        if (now.Games.Values.Any(g => g.Challenger == account.Account && g.Subject.Lease == entry.Key && g.Subject.Tasklet == finding.Tasklet)) return;
        if (Cap(now, offer) is { } cap)
        {
            if (_told.Add((entry.Key, cap))) news(new DisputeNews.Waiting(null, cap));
            return;
        }

        news(new DisputeNews.Differs(entry, finding.Tasklet, finding.Committed!.Result, finding.Found));
        SendOutcome outcome;
        if (finding.Found is null) outcome = await judge.OverturnAsync(offer.Terms, entry.Lease, finding.Tasklet, finding.Committed, cancel);
        else
        {
            var (accusation, hashes, missing) = await accuser.PrepareAsync(now, entry, finding.Tasklet, finding.Committed, cancel);
            if (accusation is null)
            {
                news(new DisputeNews.Waiting(null, $"no accusation without {missing}"));
                return;
            }

            outcome = await judge.OpenAsync(accusation, hashes, cancel);
        }

        news(outcome is SendOutcome.Mined mined
            ? new DisputeNews.Opened(entry.Key, finding.Tasklet, mined.Receipt)
            : new DisputeNews.Refused(null, "open", outcome.Describe()));
    }

    private string? Cap(MarketState now, OfferEntry offer)
    {
        var mine = now.Games.Values.Where(g => g.End is null && g.Challenger == account.Account).Select(g => OfferOf(now, g)).ToList();
        if (mine.Count >= options.MaxGames) return $"{mine.Count} games are open, the most that maxGames allows";
        if (mine.Count(o => o?.Terms.Consumer == offer.Terms.Consumer) >= options.MaxGamesPerConsumer) return $"as many games about {offer.Terms.Consumer}'s offers are open as maxGamesPerConsumer allows";
        return mine.Count(o => o?.Work.Module == offer.Work.Module) >= options.MaxGamesPerModule ? "as many games about this module are open as maxGamesPerModule allows" : null;
    }

    private static OfferEntry? OfferOf(MarketState now, GameEntry game) =>
        now.Leases.TryGetValue(game.Subject.Lease, out var lease) ? now.Offers.GetValueOrDefault(lease.Lease.Offer) : null;

    private int Dice()
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        return (int)(BitConverter.ToUInt64(bytes) % 10_000);
    }
}
