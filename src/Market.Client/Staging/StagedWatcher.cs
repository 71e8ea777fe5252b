using Market.Chain;
using Market.Chain.Following;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Client.Following;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Client.Staging;

/// <summary>Follows a job of several stages and, for its owner, makes the calls that are due.</summary>
internal sealed class StagedWatcher(MarketConnection connection, StagedRecord job)
{
    // What was just tried is not tried again in the same block.
    private const uint PauseSeconds = 3;

    private readonly EventFollower _follower = connection.Follow();
    private readonly MarketProjection _projection = new();
    private readonly Dictionary<string, UnixTime> _notBefore = [];

    /// <summary>The market's history.</summary>
    public MarketLedger Ledger { get; } = new();

    /// <summary>Reads up to the newest block; true if anything is new.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancel)
    {
        var updates = await _follower.PollAsync(cancel);
        foreach (var update in updates)
        {
            _projection.Apply(update);
            Ledger.Apply(update);
        }

        return updates.Length > 0;
    }

    /// <summary>Where the job stands.</summary>
    public StagedProgress Look()
    {
        var state = _projection.State;
        return new StagedProgress(
            job, state.Jobs.GetValueOrDefault(job.Job), state, state.Head?.Time ?? default, StagedHistory.Of(job, Ledger.Events, offer => state.Offers[offer].Terms));
    }

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
}
