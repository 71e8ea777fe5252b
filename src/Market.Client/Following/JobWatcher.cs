using System.Runtime.CompilerServices;
using Market.Chain;
using Market.Chain.Following;
using Market.Client.Jobs;
using Market.Domain.Progress;
using Market.Ethereum.Rpc;

namespace Market.Client.Following;

/// <summary>Follows the market's events and tells where jobs stand.</summary>
internal sealed class JobWatcher(MarketConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private readonly EventFollower _follower = connection.Follow();

    /// <summary>What is known of the market.</summary>
    public MarketLedger Ledger { get; } = new();

    /// <summary>Reads up to the newest block.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancel)
    {
        var updates = await _follower.PollAsync(cancel);
        foreach (var update in updates) Ledger.Apply(update);
        return updates.Length > 0;
    }

    /// <summary>Where the job stands now.</summary>
    public async Task<JobProgress> LookAsync(JobRecord job, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        var view = Ledger.Offer(job.Terms, job.Offer);
        return new JobProgress(job, view, Ledger.Head?.Time ?? default, view.Leases);
    }

    /// <summary>Where the job stands after each block that changes it or moves time on, until <paramref name="isOver"/> says so.</summary>
    public async IAsyncEnumerable<JobProgress> WatchAsync(JobRecord job, Func<JobProgress, bool> isOver, [EnumeratorCancellation] CancellationToken cancel)
    {
        OfferView? before = null;
        while (true)
        {
            if (await TryCatchUpAsync(cancel) && Ledger.Head is { } head)
            {
                var view = Ledger.Offer(job.Terms, job.Offer);
                var progress = new JobProgress(job, view, head.Time, [.. view.Leases.Where(lease => !Same(before, lease))]);
                before = view;
                yield return progress;
                if (isOver(progress)) yield break;
            }

            await Task.Delay(Poll, time, cancel);
        }
    }

    private static bool Same(OfferView? before, LeaseView lease) =>
        before?.Leases.Any(old => old.Key == lease.Key && old.State == lease.State) == true;

    // Once following works, an endpoint that stops answering is waited for: the job goes on without us.
    private async Task<bool> TryCatchUpAsync(CancellationToken cancel)
    {
        try
        {
            return await CatchUpAsync(cancel);
        }
        catch (RpcUnreachableException) when (Ledger.Head is not null)
        {
            return false;
        }
    }
}
