using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Domain.Progress;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job logs</c>: all that happened to a job, and why each range was leased again.</summary>
internal static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = JobOptions.Id(terminal);
        return new Command("logs", "Tell all that happened to a job, oldest first, and why each re-run") { id }.Runs(terminal, async (context, cancel) =>
        {
            var job = new JobStore(context.Terminal.Home, context.Terminal.Time).Find(context.Get(id)!);
            using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
            var events = await market.HistoryAsync(job, cancel);
            var document = new JobLogDocument("market.joblog/1", job.Id, [.. events.Select(e => Entry(job, e))]);
            await context.WriteAsync(document, JobJson.Default.JobLogDocument, Text);
            context.Say($"[grey]next:[/] market job explain {job.Id}");
            return ExitCode.Ok;
        });
    }

    /// <summary>One event in words.</summary>
    public static string Describe(JobRecord job, JobEvent e) => e.Fact switch
    {
        OfferWasPosted posted => $"posted: {job.Terms.Total} tasklets, {job.Asset.Format(posted.Escrow)} in escrow",
        OfferWasCancelled cancelled => $"cancelled: what no device had; {job.Asset.Format(cancelled.Refund)} back",
        OfferWasClosed closed => $"closed; {job.Asset.Format(closed.Refund)} back",
        LeaseWasUpheld => $"the dispute was decided for {e.Lease!.Lease.Device}: {LeaseWords.Range(e.Lease.Lease)} stand",
        LeaseWasMade => LeaseWords.Describe(e.Lease!, job.Asset) + LeaseWords.WhyAgain(e.After, e.Lease!),
        _ => LeaseWords.Describe(e.Lease!, job.Asset),
    };

    private static JobLogEntry Entry(JobRecord job, JobEvent e) => new(
        e.Fact.At.ToString(), e.Fact.Transaction.ToString(), StepOf(e.Fact), Describe(job, e), e.Lease?.Key.ToString(), e.Lease?.Lease.Device.Value, e.Lease?.Lease.First, e.Lease?.Lease.Count, e.Lease?.Lease.Attempt);

    /// <summary>The event's name for scripts.</summary>
    public static string StepOf(OfferFact fact) => fact switch
    {
        OfferWasPosted => "posted",
        OfferWasCancelled => "cancelled",
        OfferWasClosed => "closed",
        LeaseWasMade => "leased",
        LeaseWasCommitted => "committed",
        LeaseWasSettled => "settled",
        LeaseFell fell => fell.Step switch { Domain.Leases.LeaseStep.Expire => "expired", Domain.Leases.LeaseStep.Decline => "declined", _ => "voided" },
        LeaseWasDisputed => "disputed",
        LeaseWasUpheld => "upheld",
        _ => throw new InvalidOperationException("the facts are closed"),
    };

    private static string Text(JobLogDocument d) => d.Events.Count == 0
        ? "nothing has happened on the chain"
        : string.Join('\n', d.Events.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Time}  {e.Text}")));
}

internal sealed record JobLogDocument(string Schema, string Job, IReadOnlyList<JobLogEntry> Events);

/// <param name="Time">Block time.</param>
/// <param name="Transaction">The transaction that did it.</param>
/// <param name="Step">posted, leased, committed, settled, expired, declined, voided, disputed, upheld, cancelled or closed.</param>
/// <param name="Text">For people.</param>
/// <param name="Lease">The lease's key, if it concerns one.</param>
/// <param name="Device">Its device.</param>
/// <param name="First">Its first tasklet.</param>
/// <param name="Count">Its tasklets.</param>
/// <param name="Attempt">Zero at first; counts how often the range was leased again.</param>
internal sealed record JobLogEntry(string Time, string Transaction, string Step, string Text, string? Lease, uint? Device, uint? First, uint? Count, ushort? Attempt);
