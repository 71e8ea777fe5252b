using Market.Chain;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Transactions;
using Market.Client.Following;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Client.Staging;

/// <summary>Tells where a job of several stages stands and, for its owner, makes the calls that are due.</summary>
internal sealed class StagedWatcher(MarketConnection connection, StagedRecord job, TimeProvider time, IProgress<string>? trouble = null)
{
    // What was just tried is not tried again in the same block.
    private const uint PauseSeconds = 3;

    private readonly EventFeed _feed = new(connection, time, trouble);
    private readonly Dictionary<string, UnixTime> _notBefore = [];

    /// <summary>The market's history.</summary>
    public MarketLedger Ledger => _feed.Ledger;

    /// <summary>Where the job stands now.</summary>
    public async Task<StagedProgress> LookAsync(CancellationToken cancel)
    {
        await _feed.CatchUpAsync(cancel);
        return Look();
    }

    /// <summary>Where the job stands after each block, until <paramref name="isOver"/> says so.</summary>
    public IAsyncEnumerable<StagedProgress> WatchAsync(Func<StagedProgress, bool> isOver, CancellationToken cancel) => _feed.WatchAsync(Look, isOver, cancel);

    /// <summary>Makes the calls that are due.</summary>
    public async Task KeepAsync(StagedProgress progress, TransactionSender sender, Address manager, uint graceSeconds, CancellationToken cancel)
    {
        if (progress.Entry is not { } entry) return;
        if (progress.IsHopeless && entry.Job.Owner == sender.Account)
        {
            await sender.SendAsync(manager, new EndJobFunction(entry.Job), cancel);
            return;
        }

        foreach (var step in JobKeeping.Due(progress.State, entry, graceSeconds, progress.Now).ToList())
        {
            if (_notBefore.TryGetValue(step.Key, out var notBefore) && progress.Now < notBefore) continue;
            _notBefore[step.Key] = progress.Now.Plus(PauseSeconds);
            // A refusal means that somebody was faster; the next look decides anew.
            await step.SendAsync(sender, manager, cancel);
        }
    }

    private StagedProgress Look()
    {
        var state = _feed.State;
        return new StagedProgress(
            job, state.Jobs.GetValueOrDefault(job.Job), state, state.Head?.Time ?? default, StagedHistory.Of(job, Ledger.Events, offer => state.Offers[offer].Terms));
    }
}
