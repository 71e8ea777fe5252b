using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.JobManager;
using Market.Chain.Projection;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Jobs;

/// <summary>What events about jobs of several stages change.</summary>
internal static class JobFold
{
    public static MarketState Apply(MarketState state, object message) => message switch
    {
        JobPostedEvent m => Add(state, m),
        StageOpenedEvent m => Open(state, m),
        StageRecordedEvent m => Change(state, m.JobId, j => j.With(m.Stage, s => s with
        {
            State = m.IsFinal ? StageStateCode.Final : StageStateCode.Committed, Results = m.Results,
        })),
        StageFellEvent m => Change(state, m.JobId, j => j.With(m.Stage, s => s with
        {
            State = m.Upstream ? StageStateCode.Stale : StageStateCode.Open, Results = null, FellAt = m.Epoch,
        })),
        StageFailedEvent m => Change(state, m.JobId, j => j.With(m.Stage, s => s with { State = StageStateCode.Failed })),
        JobEndedEvent m => Change(state, m.JobId, j => j with { State = m.State }),
        JobRefundedEvent m => Change(state, m.JobId, j => j with { Returned = j.Returned + m.Amount, Owed = false }),
        JobTippedEvent m => Change(state, m.JobId, j => j with { Tipped = j.Tipped + m.Amount }),
        OfferClosedEvent m when m.Refund > UInt128.Zero => Owe(state, new OfferId(m.OfferId)),
        OfferCancelledEvent m when m.Refund > UInt128.Zero => Owe(state, new OfferId(m.OfferId)),
        _ => state,
    };

    private static MarketState Add(MarketState state, JobPostedEvent m) => state with
    {
        Jobs = state.Jobs.SetItem(
            m.JobId,
            new JobEntry(
                m.JobId, m.Account, m.Job, [.. m.Stages.Select(s => new StageEntry(s, StageStateCode.None, 0, null, null, 0, 0))], JobStateCode.Active, 0, 0, false)),
    };

    private static MarketState Open(MarketState state, StageOpenedEvent m)
    {
        var offer = new OfferId(m.OfferId);
        var job = state.Jobs[m.JobId];
        var epoch = job.Stages.Max(s => s.FellAt);
        return state with
        {
            Rules = state.Rules.SetItem(offer, m.Rule),
            JobOffers = state.JobOffers.SetItem(offer, m.JobId),
            Jobs = state.Jobs.SetItem(m.JobId, job.With(m.Stage, s => s with
            {
                State = StageStateCode.Open, Attempts = (byte)(m.Attempt + 1), Offer = offer, Results = null, OpenedAt = epoch,
            })),
        };
    }

    private static MarketState Owe(MarketState state, OfferId offer) =>
        state.JobOffers.TryGetValue(offer, out var id) && !state.Jobs[id].IsActive ? Change(state, id, j => j with { Owed = true }) : state;

    private static MarketState Change(MarketState state, Hash256 job, Func<JobEntry, JobEntry> change) =>
        state.Jobs.TryGetValue(job, out var entry) ? state with { Jobs = state.Jobs.SetItem(job, change(entry)) } : state;
}
