using System.Globalization;
using Market.Client.Following;
using Market.Client.Quoting;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Progress;

namespace Market.Client.Explaining;

/// <summary>Turns a job's state and the market's outlook into reasons, next steps and advice. Pure.</summary>
public static class JobExplainer
{
    /// <summary>Explains.</summary>
    /// <param name="progress">Where the job stands.</param>
    /// <param name="outlook">What matching now would give; null if nothing waits for a device.</param>
    /// <param name="graceSeconds">Seconds after a lease's due time from which anyone may let it expire.</param>
    public static Explanation Explain(JobProgress progress, MatchOutlook? outlook, uint graceSeconds) => new(
        State(progress),
        [.. Because(progress.View, progress.IsOver, progress.Now, outlook), .. progress.Copies.Select(Copy)],
        [.. Next(progress.View, progress.IsOver, progress.Now, outlook, graceSeconds)],
        [.. Advice(progress, outlook)]);

    private static string State(JobProgress progress)
    {
        var view = progress.View;
        return view switch
        {
            { State: OfferState.None } => "The offer is not on the chain: its transaction was never mined, or a reorganisation took it back.",
            { IsComplete: true } => $"Complete: all {view.Terms.Total} tasklets have final results.",
            _ when progress.IsComplete => $"Complete: all {view.Terms.Total} tasklets have final results, {view.Terms.Total - view.Settled} of them from second copies.",
            _ when progress.IsOver => $"Over: {view.Settled} of {view.Terms.Total} tasklets have final results, the rest was refunded or will be.",
            { Waiting: > 0, Running: 0, Committed: 0 } => $"Waiting: no device has taken {(view.Settled == 0 ? "any" : $"the remaining {view.Waiting}")} of its tasklets.",
            { Running: > 0 } => $"Running: devices compute {view.Running} of {view.Terms.Total} tasklets{Also(view)}.",
            { Committed: > 0 } => $"Checking: {view.Committed} of {view.Terms.Total} results are committed and can still be challenged{Also(view)}.",
            _ => "Open.",
        };
    }

    private static string Copy(JobProgress copy)
    {
        var (tasklets, view) = (copy.Job.Retry!.Tasklets, copy.View);
        var how = view switch
        {
            { State: OfferState.None } => "its offer is not on the chain",
            { Waiting: > 0, Running: 0 } => "no device has it yet",
            { Running: > 0 } => $"{view.Leases.Last(lease => lease.State == LeaseState.Leased).Lease.Device} runs it",
            { Committed: > 0 } => "its results can still be challenged",
            { IsComplete: true } => "its results are final",
            _ => "it ended without results",
        };
        return $"{LeaseWords.Range(tasklets[0], (uint)tasklets.Length)} were slow and bought a second time as {copy.Job.Id}, for at most {copy.Job.Asset.Format(copy.Job.Escrow)}: {how}.";
    }

    private static string Also(OfferView view) => view.Waiting > 0 ? $"; {view.Waiting} wait for a device" : "";

    /// <summary>What led an offer where it stands.</summary>
    internal static IEnumerable<string> Because(OfferView view, bool isOver, UnixTime now, MatchOutlook? outlook)
    {
        if (outlook is { Tasklets: 0 })
        {
            yield return outlook.Excluded.IsEmpty
                ? "The book of this class has no bid at all."
                : $"No bid fits now: {string.Join(", ", outlook.Excluded.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key.Describe()} excludes {pair.Value}"))}.";
        }

        foreach (var fall in view.Leases.Where(HasFallen).GroupBy(lease => (lease.Lease.Device, lease.State, lease.DeclineReason, lease.AppearBy is null)))
        {
            var (times, what) = (fall.Count() == 1 ? "" : $" {fall.Count()} times", fall.Last());
            yield return what.State switch
            {
                LeaseState.Expired when what.AppearBy is not null => $"{what.Lease.Device} fell silent and did not appear{times} (last: {LeaseWords.Range(what.Lease)}).",
                LeaseState.Expired => $"{what.Lease.Device} did not deliver in time{times} (last: {LeaseWords.Range(what.Lease)}).",
                LeaseState.Declined => $"{what.Lease.Device} handed work back{times}: {LeaseWords.Reason(what.DeclineReason)}.",
                _ => $"A lease of {what.Lease.Device} fell{times}: its result was proven wrong, not delivered on demand, or the device was slashed.",
            };
        }

        if (view.Refusals >= 2) yield return $"{view.Refusals} devices refuse the module itself, which no other device will like better.";
        foreach (var dispute in view.Leases.Where(lease => lease.State == LeaseState.Disputed)) yield return $"The result of {dispute.Lease.Device} for {LeaseWords.Range(dispute.Lease)} is in dispute; its money waits for the verdict.";
        if (isOver && !view.IsComplete && now > view.Terms.Deadline) yield return $"The deadline {view.Terms.Deadline} passed.";
        if (view.State is OfferState.Cancelled) yield return "What no device had was cancelled.";
    }

    /// <summary>What comes next of an offer by itself.</summary>
    internal static IEnumerable<string> Next(OfferView view, bool isOver, UnixTime now, MatchOutlook? outlook, uint graceSeconds)
    {
        if (outlook is { Tasklets: > 0 }) yield return $"The next call of match leases {outlook.Tasklets} tasklets; any node's keeper or `market job watch --keep` makes it.";
        foreach (var lease in view.Leases.Where(lease => lease.State == LeaseState.Leased).OrderBy(lease => lease.Due).Take(3))
        {
            if (lease.AppearBy is { } by)
            {
                yield return $"{lease.Lease.Device}, of which nothing was heard, must appear by {by} or commit {LeaseWords.Range(lease.Lease)}; else anyone may lease them again at its expense.";
                continue;
            }

            yield return lease.Due >= now
                ? $"{lease.Lease.Device} must commit {LeaseWords.Range(lease.Lease)} within {Seconds(lease.Due.Seconds - now.Seconds)}, else anyone may lease it again {graceSeconds} s later at the device's expense."
                : $"{lease.Lease.Device} is late with {LeaseWords.Range(lease.Lease)}: from {lease.Due.Plus(graceSeconds)} on anyone may lease it again at the device's expense.";
        }

        foreach (var lease in view.Leases.Where(lease => lease.State == LeaseState.Committed).OrderBy(lease => lease.FinalAt).Take(3))
        {
            yield return lease.FinalAt > now
                ? $"{LeaseWords.Range(lease.Lease)} of {lease.Lease.Device} become final in {Seconds(lease.FinalAt.Value.Seconds - now.Seconds)} unless challenged."
                : $"{LeaseWords.Range(lease.Lease)} of {lease.Lease.Device} can be settled by anyone.";
        }

        if (view is { State: OfferState.Open, Waiting: > 0 } && !isOver) yield return $"What no device takes until {view.Terms.Deadline} is refunded.";
        if (isOver && view.State is OfferState.Open or OfferState.Cancelled) yield return "Anyone may close the offer; the rest of the escrow then returns to the consumer's credit.";
    }

    private static IEnumerable<string> Advice(JobProgress progress, MatchOutlook? outlook)
    {
        var (job, view) = (progress.Job, progress.View);
        if (outlook is { Tasklets: 0 }) yield return $"market job cancel {job.Id}, then run it again with what excludes the devices changed (market job quote tells the cheapest change)";
        else if (outlook is not null) yield return $"market job watch {job.Id} --keep";
        if (view is { Committed: > 0, Running: 0, Waiting: 0 } && view.Terms.Verdict == Verdict.Optimistic) yield return $"market job results {job.Id} fetches what is committed already";
        if (progress.IsOver) yield return $"market job results {job.Id}";
        if (progress.IsOver && !progress.IsComplete) yield return $"market job retry {job.Id} buys what is missing, and only that";
    }

    private static bool HasFallen(LeaseView lease) => lease.State is LeaseState.Expired or LeaseState.Declined or LeaseState.Voided;

    private static string Seconds(ulong seconds) => seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min");
}
