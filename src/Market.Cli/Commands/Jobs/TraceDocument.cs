using System.Globalization;
using Market.Client.Following;
using Market.Client.Jobs;

namespace Market.Cli.Commands.Jobs;

/// <param name="Schema">market.trace/1</param>
/// <param name="Job">The job.</param>
/// <param name="TraceId">W3C trace id that every node exports its spans of this job under: the first 16 bytes of the offer's key.</param>
/// <param name="Gas">Gas of all transactions.</param>
/// <param name="Transactions">In order.</param>
internal sealed record TraceDocument(string Schema, string Job, string TraceId, ulong Gas, IReadOnlyList<TransactionDocument> Transactions)
{
    public static TraceDocument Of(JobRecord job, IReadOnlyList<JobTransaction> transactions) => new(
        "market.trace/1",
        job.Id,
        job.Offer.ToString()[2..34],
        transactions.Aggregate(0UL, (sum, transaction) => sum + transaction.Gas),
        [.. transactions.Select(t => new TransactionDocument(
            t.Hash.ToString(), t.Block, t.Events[0].Fact.At.ToString(), t.From.ToString(), t.Gas, t.Fee.ToString(CultureInfo.InvariantCulture), [.. t.Events.Select(e => LogsCommand.Describe(job, e))]))]);

    /// <summary>The same for people.</summary>
    public string Text()
    {
        var lines = new List<string> { $"trace {TraceId}", string.Create(CultureInfo.InvariantCulture, $"{Transactions.Count} transactions, {Gas} gas") };
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
internal sealed record TransactionDocument(string Hash, ulong Block, string Time, string From, ulong Gas, string FeeWei, IReadOnlyList<string> Did);
