using Market.Client.Following;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Progress;

namespace Market.Client.Explaining;

/// <summary>What happened to an offer, in words and in one word.</summary>
public static class OfferWords
{
    /// <summary>One event in words.</summary>
    public static string Describe(Asset asset, JobEvent e) => e.Fact switch
    {
        OfferWasPosted posted => $"posted: {Tasklets(e.After.Terms.Total)}, {asset.Format(posted.Escrow)} in escrow",
        OfferWasCancelled cancelled => $"cancelled: what no device had; {asset.Format(cancelled.Refund)} back",
        OfferWasClosed closed => $"closed; {asset.Format(closed.Refund)} back",
        LeaseWasUpheld => $"the dispute was decided for {e.Lease!.Lease.Device}: {LeaseWords.Range(e.Lease.Lease)} stand",
        LeaseWasSummoned summoned => $"nothing was heard of {e.Lease!.Lease.Device}: it must appear by {summoned.AppearBy.ToDateTimeOffset():HH:mm:ss} or loses {LeaseWords.Range(e.Lease.Lease)}",
        LeaseAppeared => $"{e.Lease!.Lease.Device} appeared; {LeaseWords.Range(e.Lease.Lease)} stay with it",
        LeaseWasMade => LeaseWords.Describe(e.Lease!, asset) + LeaseWords.WhyAgain(e.After, e.Lease!),
        _ => LeaseWords.Describe(e.Lease!, asset),
    };

    /// <summary>The event's name for scripts.</summary>
    public static string StepOf(OfferFact fact) => fact switch
    {
        OfferWasPosted => "posted",
        OfferWasCancelled => "cancelled",
        OfferWasClosed => "closed",
        LeaseWasMade => "leased",
        LeaseWasSummoned => "summoned",
        LeaseAppeared => "appeared",
        LeaseWasCommitted => "committed",
        LeaseWasSettled => "settled",
        LeaseFell fell => fell.Step switch { LeaseStep.Expire => "expired", LeaseStep.Decline => "declined", _ => "voided" },
        LeaseWasDisputed => "disputed",
        LeaseWasUpheld => "upheld",
        _ => throw new InvalidOperationException("the facts are closed"),
    };

    /// <summary>So many tasklets.</summary>
    public static string Tasklets(uint count) => count == 1 ? "1 tasklet" : $"{count} tasklets";
}
