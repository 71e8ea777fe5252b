using System.Globalization;
using Market.Client.Following;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Domain.Offers;

namespace Market.Cli.Commands.Jobs;

/// <param name="Schema">market.trace/1</param>
/// <param name="Job">The job.</param>
/// <param name="TraceId">W3C trace id that every node exports its spans of this job under; of a job of several stages, that of its newest offer.</param>
/// <param name="Gas">Gas of all transactions.</param>
/// <param name="Transactions">In order.</param>
/// <param name="Stages">Of a job of several stages: the trace id of every offer.</param>
internal sealed record TraceDocument(
    string Schema, string Job, string TraceId, ulong Gas, IReadOnlyList<TransactionDocument> Transactions, IReadOnlyList<StageTraceDocument>? Stages = null)
{
    public static TraceDocument Of(JobRecord job, IReadOnlyList<JobTransaction> transactions) =>
        new("market.trace/1", job.Id, JobTrace.IdOf(job.Offer), GasOf(transactions), [.. transactions.Select(TransactionDocument.Of)]);

    public static TraceDocument Of(StagedProgress progress, IReadOnlyList<JobTransaction> transactions)
    {
        var offers = progress.History.Attempts.SelectMany((attempts, stage) => attempts.Select(attempt => (attempt.OpenedAt, Stage: progress.Record.Stages[stage], attempt.Offer))).OrderBy(offer => offer.OpenedAt).ToList();
        return new TraceDocument(
            "market.trace/1", progress.Record.Id, offers.Count == 0 ? "" : JobTrace.IdOf(offers[^1].Offer), GasOf(transactions), [.. transactions.Select(TransactionDocument.Of)],
            [.. offers.Select(offer => new StageTraceDocument(offer.Stage, JobTrace.IdOf(offer.Offer)))]);
    }

    private static ulong GasOf(IEnumerable<JobTransaction> transactions) => transactions.Aggregate(0UL, (sum, transaction) => sum + transaction.Gas);

    /// <summary>The same for people.</summary>
    public string Text()
    {
        var lines = new List<string>();
        if (Stages is null) lines.Add($"trace {TraceId}");
        else lines.AddRange(Stages.Select(stage => $"trace {stage.TraceId}  {stage.Stage}"));
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Transactions.Count} transactions, {Gas} gas"));
        foreach (var transaction in Transactions)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{transaction.Time}  block {transaction.Block}  {transaction.Gas,8} gas  by {transaction.From}"));
            lines.AddRange(transaction.Did.Select(text => $"    {text}"));
        }

        return string.Join('\n', lines);
    }
}

/// <param name="Hash">The transaction.</param>
/// <param name="Block">Height of its block.</param>
/// <param name="Time">Time of its block.</param>
/// <param name="From">Who sent and paid for it.</param>
/// <param name="Gas">Gas used.</param>
/// <param name="FeeWei">What that cost, in wei, in decimal.</param>
/// <param name="Did">What it did to the job.</param>
internal sealed record TransactionDocument(string Hash, ulong Block, string Time, string From, ulong Gas, string FeeWei, IReadOnlyList<string> Did)
{
    public static TransactionDocument Of(JobTransaction t) =>
        new(t.Hash.ToString(), t.Block, t.At.ToString(), t.From.ToString(), t.Gas, t.Fee.ToString(CultureInfo.InvariantCulture), t.Did);
}

/// <param name="Stage">The stage.</param>
/// <param name="TraceId">Trace id of one of its offers, in the order of their opening.</param>
internal sealed record StageTraceDocument(string Stage, string TraceId);
