using System.Runtime.CompilerServices;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Scheduling;
using Market.Ethereum.Rpc;

namespace Market.Client;

/// <content>Following a job, and moving it on meanwhile.</content>
public sealed partial class MarketClient
{
    /// <summary>
    /// Where a job stands after each block, until it is over. With a key the client also makes the calls that anyone may
    /// make to move it on: expire, lease again, settle, close. Leaving the loop leaves the job running.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="trouble">Told in words when the chain is lost and found again; the loop goes on.</param>
    /// <param name="cancel">Leaves the loop.</param>
    public async IAsyncEnumerable<JobProgress> FollowAsync(JobRecord job, IProgress<string>? trouble, [EnumeratorCancellation] CancellationToken cancel)
    {
        var keeper = _sender is null ? null : new JobKeeper(Sign(), (await ParametersAsync(cancel)).GraceSeconds);
        using var attendant = _sender is null ? null : new JobAttendant(this, Same(job), await ParametersAsync(cancel));
        var copies = Jobs.CopiesOf(job);
        var watcher = new JobWatcher(Connection, _time, trouble);
        await using var updates = watcher.WatchAsync(Same(job), () => attendant?.Copies ?? copies, p => IsOver(p, keeps: keeper is not null), cancel).GetAsyncEnumerator(cancel);
        while (await ChainFaults.TranslateAsync(async () => await updates.MoveNextAsync(), Asset))
        {
            yield return updates.Current;
            var now = updates.Current;
            if (keeper is not null) await ChainFaults.TranslateAsync(() => TryAsync(() => keeper.StepAsync(now, cancel), "a call to move the job on did not get through", trouble), Asset);
            if (attendant is not null) await ChainFaults.TranslateAsync(() => TryAsync(() => attendant.StepAsync(now, watcher.Ledger.Peers, cancel), "the leases could not be looked after", trouble), Asset);
        }
    }

    // Blocks on top of a job's end, so that a usual reorganisation does not take it back from a consumer that has gone.
    private uint Confirmations => Profile.Confirmations ?? Configuration.Profile.DefaultConfirmations;

    private bool IsOver(JobProgress progress, bool keeps) =>
        (progress.View.State == Domain.Offers.OfferState.Closed || (!keeps && progress.IsOver) || IsDoneByCopies(progress))
        && progress.Copies.Append(progress).All(p => p.Confirmations >= Confirmations);

    // Cancelled, so that the range of the slow device is not leased a third time once we are gone.
    private static bool IsDoneByCopies(JobProgress progress) =>
        progress.Copies.Length > 0 && progress.IsComplete && progress.View.State == Domain.Offers.OfferState.Cancelled;

    // What the chain does not hear now, it hears at a later block.
    private static async Task<bool> TryAsync(Func<Task> step, string what, IProgress<string>? trouble)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception e) when (e is RpcUnreachableException or JsonRpcException)
        {
            trouble?.Report($"{what}; trying again at the next block: {e.Message}");
            return false;
        }
    }
}
