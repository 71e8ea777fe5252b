using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Quoting;
using Market.Client.Staging;

namespace Market.Client;

/// <content>Why jobs of several stages stand where they stand, what made them so, and their end before its time.</content>
public sealed partial class MarketClient
{
    /// <summary>The transactions that a job of several stages is made of, with what each did and cost, oldest first.</summary>
    public Task<ImmutableArray<JobTransaction>> TransactionsAsync(StagedProgress progress, CancellationToken cancel) => ChainFaults.TranslateAsync(
        () => TransactionsAsync(progress.History.Events.Select(e => (e.Transaction, e.At, e.Text)), cancel), Asset);

    /// <summary>Why a job of several stages stands where it stands, what comes next, and what its owner can do.</summary>
    public Task<Explanation> ExplainAsync(StagedRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var progress = await LookAsync(job, cancel);
            var outlooks = new Dictionary<int, MatchOutlook>();
            foreach (var (stage, at) in progress.Stages.Select((stage, at) => (stage, at)))
            {
                if (stage is { Stage.State: StageStateCode.Open, Offer: { State: Domain.Offers.OfferState.Open, Unleased: > 0 } offer } && progress.Now <= offer.Terms.Deadline)
                {
                    outlooks[at] = await Quoter.OutlookAsync(Connection, offer.Terms, cancel);
                }
            }

            return StagedExplainer.Explain(progress, outlooks, (await Connection.Market.ParametersAsync(cancel)).GraceSeconds);
        },
        Asset);

    /// <summary>Ends a job of several stages: no stage opens any more, leases that were given go on and are paid. The job afterwards.</summary>
    /// <exception cref="MarketException">E2303: it has ended already.</exception>
    public Task<StagedProgress> CancelAsync(StagedRecord job, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var watcher = new StagedWatcher(Connection, job, _time);
            if (await watcher.LookAsync(cancel) is not { Entry: { IsActive: true } entry }) throw NothingToCancel(job.Id);
            var (sender, manager) = (Sign().Sender, Connection.Deployment.Jobs!.Value);
            (await sender.SendAsync(manager, new EndJobFunction(entry.Job), cancel)).Require();

            // What no device has goes back at once, and from there to the owner.
            var grace = (await ParametersAsync(cancel)).GraceSeconds;
            for (var step = 0; step < 2; step++)
            {
                await watcher.KeepAsync(await watcher.LookAsync(cancel), sender, manager, grace, cancel);
            }

            return await watcher.LookAsync(cancel);
        },
        Asset);

    /// <summary>Whether a job of several stages can still be ended.</summary>
    public static bool CanCancel(StagedProgress progress) => progress.Entry is { IsActive: true };
}
