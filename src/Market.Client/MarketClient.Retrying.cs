using Market.Client.Collecting;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Retrying;
using Market.Client.Staging;

namespace Market.Client;

/// <content>Buying again what a job did not bring.</content>
public sealed partial class MarketClient
{
    /// <summary>
    /// Finds out which tasklets of a job have to be bought again, fetching what earlier offers of it still owe, and puts
    /// the outputs that are had already where the job file wants them.
    /// </summary>
    /// <param name="job">The job, or a retry of it.</param>
    /// <param name="whole">Its file as it stands now.</param>
    /// <param name="fresh">Buy every tasklet anew.</param>
    /// <param name="outputDirectory">Overrides the first job's.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E2306: an earlier offer still runs tasklets.</exception>
    public Task<RetryPlan> PlanRetryAsync(JobRecord job, PreparedJob whole, bool fresh, string? outputDirectory, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var past = new List<PastResult>();
            var offers = PastOffers.Of(Same(job), Jobs);
            foreach (var offer in offers)
            {
                var progress = await LookAsync(offer, cancel);

                // Never posted: its transaction was given up or fell out of the chain.
                if (progress.View.State == Domain.Offers.OfferState.None) continue;
                if (!progress.IsOver && progress.View.Waiting + progress.View.Running > 0)
                {
                    throw new MarketException(
                        "E2306", ExitCode.Usage, $"Job {offer.Id} is not over: {progress.View.Running} tasklets run, {progress.View.Waiting} wait for a device; nothing was sent.",
                        $"market job watch {offer.Id} --keep, or market job cancel {offer.Id} to take back what waits");
                }

                past.AddRange(PastOffers.Results(offer, await CollectAsync(offer, null, cancel)));
            }

            var directory = outputDirectory is null ? offers[0].OutputDirectory : Path.GetFullPath(outputDirectory);
            var plan = RetryPlan.Make(offers[0].Id, directory, whole, past, fresh);
            var writer = new OutputWriter(directory);
            foreach (var (file, name) in plan.Deliveries) await writer.CopyAsync(file, name, cancel);
            return plan;
        },
        Asset);

    /// <summary>
    /// Finds out what of a job of several stages has to be bought again, fetching what earlier jobs still owe, and puts the
    /// outputs that are had already where the job file wants them.
    /// </summary>
    /// <param name="job">The job, or a retry of it.</param>
    /// <param name="whole">Its file as it stands now.</param>
    /// <param name="fresh">Buy everything anew.</param>
    /// <param name="outputDirectory">Where the outputs go.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="MarketException">E2306: an earlier job still runs. E2305: it would fail the same way.</exception>
    public Task<StagedRetryPlan> PlanRetryAsync(StagedRecord job, ResolvedJob whole, bool fresh, string outputDirectory, CancellationToken cancel) => ChainFaults.TranslateAsync(
        async () =>
        {
            var first = job.Retry is { Of: var of } ? Jobs.FindStaged(of) ?? job : job;
            var past = new List<PastResult>();
            var jobs = Jobs.ListStaged().Where(other => other.Retry?.Of == first.Id && other.Market == first.Market && other.ChainId == first.ChainId).OrderBy(other => other.CreatedAt);
            foreach (var record in jobs.Prepend(first))
            {
                var progress = await LookAsync(record, cancel);

                // Never posted: its transaction was given up or fell out of the chain.
                if (progress.Entry is null) continue;
                if (!progress.IsOver)
                {
                    throw new MarketException(
                        "E2306", ExitCode.Usage, $"Job {record.Id} is not over; nothing was sent.", $"market job watch {record.Id} --keep, or market job cancel {record.Id} to take back what waits");
                }

                using var session = await OpenSessionAsync(record.Id, record.Holders, cancel);
                past.AddRange(await new StagedPast(progress, session.Fetcher).ReadAsync(cancel));
            }

            var plan = await StagedRetryPlan.MakeAsync(first.Id, whole, fresh ? [] : past, cancel);
            var writer = new OutputWriter(outputDirectory);
            foreach (var (file, name) in plan.Deliveries) await writer.CopyAsync(file, name, cancel);
            return plan;
        },
        Asset);
}
