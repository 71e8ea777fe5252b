using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Keeping;

/// <summary>
/// Opens, records and ends stages of anyone's jobs in this device's turn, so that a job comes to its end though its owner
/// is gone.
/// </summary>
internal sealed partial class JobKeeperService(
    MarketAccess market, MarketProjection projection, LiveOptions options, Drain drain, ChainHead head, FanOutHeads heads, TimeProvider time, ILogger<JobKeeperService> logger)
    : ReconcilingService(head, time, logger)
{
    // A step that did not take effect is tried again after a while; whoever is faster makes it disappear.
    private const uint PauseSeconds = 5;
    private readonly Dictionary<string, UnixTime> _notBefore = [];

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (!options.Current.Keeps || drain.IsDraining || market.Deployment.Jobs is not { } manager) return;
        var state = projection.State;
        var due = new List<JobStep>();
        foreach (var job in state.Jobs.Values.Where(job => job.IsActive || job.Owed || Unretired(state, job)))
        {
            due.AddRange(JobKeeping.Due(state, job, market.Parameters.GraceSeconds, now.Time, await heads.OfAsync(job, cancel)));
        }

        foreach (var gone in _notBefore.Keys.Except(due.Select(step => step.Key)).ToList()) _notBefore.Remove(gone);
        foreach (var step in due)
        {
            // The first look only takes a number: each device has a turn of its own.
            if (_notBefore.TryAdd(step.Key, now.Time.Plus(KeepPlanner.TurnOf(market.Device, SubjectOf(step)))) && _notBefore[step.Key] > now.Time) continue;
            if (_notBefore[step.Key] > now.Time) continue;
            _notBefore[step.Key] = now.Time.Plus(PauseSeconds);
            var outcome = await step.SendAsync(market.Account.Sender, manager, cancel);
            if (outcome is SendOutcome.Mined mined) LogDone(step.Name, step.Job, step.Stage, mined.Receipt.BlockNumber);
            else LogNotDone(step.Name, step.Job, step.Stage, outcome.Describe());
        }
    }

    private static bool Unretired(MarketState state, JobEntry job) =>
        job.Stages.Any(stage => stage.Offer is { } id && state.Offers.TryGetValue(id, out var offer) && offer is { State: Domain.Offers.OfferState.Open, Unleased: > 0 });

    private static Hash256 SubjectOf(JobStep step) => Keccak256.Hash([.. step.Job.ToArray(), step.Stage ?? byte.MaxValue]);

    [LoggerMessage(4403, LogLevel.Information, "Keeping: {Step} of job {Job}, stage {Stage}, in block {Block}")]
    private partial void LogDone(string step, Hash256 job, byte? stage, ulong block);

    // Another device or the owner was faster, as a rule.
    [LoggerMessage(4404, LogLevel.Debug, "Keeping: {Step} of job {Job}, stage {Stage}, was not needed: {Outcome}")]
    private partial void LogNotDone(string step, Hash256 job, byte? stage, string outcome);
}
