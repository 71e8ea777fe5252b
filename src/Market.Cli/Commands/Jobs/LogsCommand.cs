using System.CommandLine;
using System.Globalization;
using Market.Cli.Shell;
using Market.Client;
using Market.Client.Explaining;
using Market.Client.Faults;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Scheduling;

namespace Market.Cli.Commands.Jobs;

/// <summary><c>market job logs</c>: all that happened to a job, and why each range was leased again.</summary>
internal static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = JobOptions.Id(terminal);
        return new Command("logs", "Tell all that happened to a job, oldest first, and why each re-run") { id }.Runs(terminal, async (context, cancel) =>
        {
            var store = new JobStore(context.Terminal.Home, context.Terminal.Time);
            if (store.FindStaged(context.Get(id)!) is { } staged) return await StagedCommands.LogsAsync(context, staged, cancel);
            var job = store.Find(context.Get(id)!);
            using var market = await MarketClient.ConnectAsync(context.ProfileOf(job), context.Terminal.Home, null, context.Terminal.Time, cancel);
            var events = await market.HistoryAsync(job, cancel);
            var document = new JobLogDocument("market.joblog/1", job.Id, [.. events.Select(e => Entry(job, e))], market.Decisions.Read(job.Id));
            await WriteAsync(context, document);
            return ExitCode.Ok;
        });
    }

    /// <summary>Writes a job's log.</summary>
    public static async Task WriteAsync(CommandContext context, JobLogDocument document)
    {
        await context.WriteAsync(document, JobJson.Default.JobLogDocument, Text);
        context.Say($"[grey]next:[/] market job explain {document.Job}");
    }

    private static JobLogEntry Entry(JobRecord job, JobEvent e) => new(
        e.Fact.At.ToString(), e.Fact.Transaction.ToString(), OfferWords.StepOf(e.Fact), OfferWords.Describe(job.Asset, e), null, e.Lease?.Key.ToString(), e.Lease?.Lease.Device.Value, e.Lease?.Lease.First, e.Lease?.Lease.Count, e.Lease?.Lease.Attempt);

    private static string Text(JobLogDocument d) => d.Events.Count == 0
        ? "nothing has happened on the chain"
        : string.Join('\n', d.Events.Select(e => (e.Time, e.Text)).Concat(d.Decisions.Select(e => (e.Time, Text: "decided: " + e.Text))).OrderBy(e => e.Time, StringComparer.Ordinal)
            .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Time}  {e.Text}")));
}

/// <param name="Schema">market.joblog/1</param>
/// <param name="Job">The job.</param>
/// <param name="Events">What happened on the chain, oldest first.</param>
/// <param name="Decisions">What this client decided about running leases while it was attached, and why, oldest first.</param>
internal sealed record JobLogDocument(string Schema, string Job, IReadOnlyList<JobLogEntry> Events, IReadOnlyList<DecisionEntry> Decisions);

/// <param name="Time">Block time.</param>
/// <param name="Transaction">The transaction that did it.</param>
/// <param name="Step">
/// posted, leased, summoned, appeared, committed, settled, expired, declined, voided, disputed, upheld, cancelled or closed; of a job of several
/// stages also job-posted, opened, bound, final, fell, stale, failed, ended, refunded or tipped.
/// </param>
/// <param name="Text">For people.</param>
/// <param name="Stage">The stage, of a job of several.</param>
/// <param name="Lease">The lease's key, if it concerns one.</param>
/// <param name="Device">Its device.</param>
/// <param name="First">Its first tasklet.</param>
/// <param name="Count">Its tasklets.</param>
/// <param name="Attempt">Zero at first; counts how often the range was leased again.</param>
internal sealed record JobLogEntry(string Time, string Transaction, string Step, string Text, string? Stage, string? Lease, uint? Device, uint? First, uint? Count, ushort? Attempt);
