using Market.Chain.Contracts;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Progress;

namespace Market.Client.Following;

/// <summary>
/// Does what anyone may do to move an offer on, for the consumer that watches it: expire, lease again, settle, close.
/// Devices do the same for themselves; the keeper comes second, so that both do not pay for one step.
/// </summary>
internal sealed class JobKeeper(ComputeMarketAccount account, uint graceSeconds)
{
    // Block seconds that others have first.
    private const ulong Patience = 4;
    private const ulong MatchEvery = 5;
    private const ushort MaxAttempts = 8;

    private ulong _matchedAt;
    private UnixTime? _missingSince;

    /// <summary>Makes at most one call. True if the chain changed.</summary>
    public async Task<bool> StepAsync(JobProgress progress, CancellationToken cancel)
    {
        var (view, now) = (progress.View, progress.Now);
        if (view.State == OfferState.None) return await PostAgainAsync(progress, cancel);
        _missingSince = null;
        if (view.State == OfferState.Closed) return false;

        var overdue = view.Leases.FirstOrDefault(lease => lease.State == LeaseState.Leased && now > LeaseLifecycle.ExpiresAt(lease.Due, graceSeconds, lease.AppearBy).Plus(Patience));
        if (overdue is not null) return Took(await account.ExpireAsync(view.Terms, overdue.Lease, cancel));

        var final = view.Leases.Where(lease => lease.State == LeaseState.Committed && now.Seconds > lease.FinalAt!.Value.Seconds + Patience).Select(lease => lease.Lease).ToArray();
        if (final.Length > 0) return Took(await account.SettleAsync(view.Terms, final, cancel));

        if (view.Waiting > 0 && view.State == OfferState.Open && IsHopeless(view))
        {
            return Took(await account.CancelOfferAsync(view.Terms, cancel));
        }

        if (view.Waiting > 0 && view.State == OfferState.Open && now <= view.Terms.Deadline && now.Seconds >= _matchedAt + MatchEvery)
        {
            _matchedAt = now.Seconds;
            return Took(await account.MatchAsync(view.Terms, cancel));
        }

        return view.IsOver(now) && Took(await account.CloseOfferAsync(view.Terms, cancel));
    }

    // A reorganisation took the offer back and its transaction is in no pool. The same content is the same offer, so it is never
    // posted twice: should the first transaction come back after all, the market refuses one of the two.
    private async Task<bool> PostAgainAsync(JobProgress progress, CancellationToken cancel)
    {
        var (job, now) = (progress.Job, progress.Now);
        if (job.PostTransaction is null || now > job.Terms.Deadline) return false;

        // Block time goes back in a reorganisation too.
        if (_missingSince is not { } since || since > now) _missingSince = since = now;
        return now.Seconds > since.Seconds + Patience && Took(await account.PostAndMatchAsync(job.Terms, job.Work, cancel));
    }

    /// <summary>Whether more leases would only lose the same way: two devices refuse the module, or a range fell too often.</summary>
    private static bool IsHopeless(OfferView view) =>
        view.Refusals >= 2 || view.Leases.Any(lease => lease.Lease.Attempt >= MaxAttempts - 1 && LeaseLifecycle.IsFinal(lease.State) && lease.State != LeaseState.Settled);

    // A refusal means that somebody else was first, or that it is not time yet: the next look decides anew.
    private static bool Took(SendOutcome outcome) => outcome is SendOutcome.Mined;
}
