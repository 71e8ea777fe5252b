using Market.Chain;
using Market.Client.Jobs;
using Market.Domain.Progress;

namespace Market.Client.Following;

/// <summary>Tells where jobs of one task stand.</summary>
internal sealed class JobWatcher(MarketConnection connection, TimeProvider time, IProgress<string>? trouble = null)
{
    private readonly EventFeed _feed = new(connection, time, trouble);

    /// <summary>What is known of the market.</summary>
    public MarketLedger Ledger => _feed.Ledger;

    /// <summary>Reads up to the newest block.</summary>
    public Task CatchUpAsync(CancellationToken cancel) => _feed.CatchUpAsync(cancel);

    /// <summary>Where the job stands now.</summary>
    public async Task<JobProgress> LookAsync(JobRecord job, IEnumerable<JobRecord> copies, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        return Look(job, copies, null);
    }

    /// <summary>Where the job stands after each block that changes it or moves time on, until <paramref name="isOver"/> says so.</summary>
    /// <param name="job">The job.</param>
    /// <param name="copies">Second copies of its ranges; asked anew each time.</param>
    /// <param name="isOver">Whether to stop.</param>
    /// <param name="cancel">Stops.</param>
    public IAsyncEnumerable<JobProgress> WatchAsync(JobRecord job, Func<IEnumerable<JobRecord>> copies, Func<JobProgress, bool> isOver, CancellationToken cancel)
    {
        OfferView? before = null;
        return _feed.WatchAsync(
            () =>
            {
                var progress = Look(job, copies(), before);
                before = progress.View;
                return progress;
            },
            isOver,
            cancel);
    }

    private JobProgress Look(JobRecord job, IEnumerable<JobRecord> copies, OfferView? before)
    {
        JobProgress Of(JobRecord one)
        {
            var view = Ledger.Offer(one.Terms, one.Offer);
            return new JobProgress(one, view, Ledger.Head?.Time ?? default, view.Leases) { Confirmations = Ledger.Confirmations(one.Offer) };
        }

        var progress = Of(job);
        return progress with { Changed = [.. progress.View.Leases.Where(lease => !Same(before, lease))], Copies = [.. copies.Select(Of)] };
    }

    private static bool Same(OfferView? before, LeaseView lease) =>
        before?.Leases.Any(old => old.Key == lease.Key && old.State == lease.State) == true;
}
