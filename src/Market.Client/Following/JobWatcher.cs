using System.Runtime.CompilerServices;
using Market.Chain;
using Market.Chain.Following;
using Market.Client.Jobs;
using Market.Domain.Progress;
using Market.Ethereum.Rpc;

namespace Market.Client.Following;

/// <summary>Follows the market's events and tells where jobs stand.</summary>
internal sealed class JobWatcher(MarketConnection connection, TimeProvider time, IProgress<string>? trouble = null)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private EventFollower _follower = connection.Follow();
    private bool _unreachable;

    /// <summary>What is known of the market.</summary>
    public MarketLedger Ledger { get; private set; } = new();

    /// <summary>Reads up to the newest block.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancel)
    {
        var updates = await _follower.PollAsync(cancel);
        foreach (var update in updates) Ledger.Apply(update);
        return updates.Length > 0;
    }

    /// <summary>Where the job stands now.</summary>
    public async Task<JobProgress> LookAsync(JobRecord job, IEnumerable<JobRecord> copies, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        var view = Ledger.Offer(job.Terms, job.Offer);
        return With(copies, new JobProgress(job, view, Ledger.Head?.Time ?? default, view.Leases));
    }

    private JobProgress With(IEnumerable<JobRecord> copies, JobProgress progress) => progress with
    {
        Copies = [.. copies.Select(copy => (Copy: copy, View: Ledger.Offer(copy.Terms, copy.Offer))).Select(pair => new JobProgress(pair.Copy, pair.View, progress.Now, pair.View.Leases) { Confirmations = Ledger.Confirmations(pair.Copy.Offer) })],
    };

    /// <summary>Where the job stands after each block that changes it or moves time on, until <paramref name="isOver"/> says so.</summary>
    /// <param name="job">The job.</param>
    /// <param name="copies">Second copies of its ranges; asked anew each time.</param>
    /// <param name="isOver">Whether to stop.</param>
    /// <param name="cancel">Stops.</param>
    public async IAsyncEnumerable<JobProgress> WatchAsync(JobRecord job, Func<IEnumerable<JobRecord>> copies, Func<JobProgress, bool> isOver, [EnumeratorCancellation] CancellationToken cancel)
    {
        OfferView? before = null;
        while (true)
        {
            if (await TryCatchUpAsync(cancel) && Ledger.Head is { } head && TryView(job) is { } view)
            {
                var progress = With(copies(), new JobProgress(job, view, head.Time, [.. view.Leases.Where(lease => !Same(before, lease))]) { Confirmations = Ledger.Confirmations(job.Offer) });
                before = view;
                yield return progress;
                if (isOver(progress)) yield break;
            }

            await Task.Delay(Poll, time, cancel);
        }
    }

    // An endpoint that leaves an event out tells a story that cannot be: then all of it is read anew.
    private OfferView? TryView(JobRecord job)
    {
        try
        {
            return Ledger.Offer(job.Terms, job.Offer);
        }
        catch (InvalidOperationException e)
        {
            trouble?.Report($"what the chain's endpoint told does not fit together; reading everything anew: {e.Message}");
            (_follower, Ledger) = (connection.Follow(), new MarketLedger());
            return null;
        }
    }

    private static bool Same(OfferView? before, LeaseView lease) =>
        before?.Leases.Any(old => old.Key == lease.Key && old.State == lease.State) == true;

    // Once following works, an endpoint that stops answering is waited for: the job goes on without us.
    private async Task<bool> TryCatchUpAsync(CancellationToken cancel)
    {
        try
        {
            var changed = await CatchUpAsync(cancel);
            if (_unreachable) trouble?.Report("the chain is reached again");
            _unreachable = false;
            return changed;
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException && Ledger.Head is not null)
        {
            if (!_unreachable) trouble?.Report($"the chain cannot be reached; the job goes on without us, looking again until it can: {e.Message}");
            _unreachable = true;
            return false;
        }
    }
}
