using System.Diagnostics;
using System.Globalization;
using Market.Hashing;

namespace Market.Chain.Transactions;

/// <summary>Spans of transactions: what was called, what became of it, what it cost.</summary>
public static class TransactionTrace
{
    /// <summary>Name of the source that listeners add.</summary>
    public const string SourceName = "Market.Chain";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Start(string kind, Address account)
    {
        var span = Source.StartActivity($"tx {kind}", ActivityKind.Client);
        span?.SetTag("market.tx.kind", kind);
        span?.SetTag("market.tx.from", account.ToString());
        return span;
    }

    internal static void End(Activity? span, SendOutcome outcome)
    {
        if (span is null) return;
        span.SetTag("market.tx.result", outcome.Name);
        if (outcome is SendOutcome.Late late) span.SetTag("market.tx.hash", late.Transaction.ToString());
        if (outcome.Included is { } receipt)
        {
            span.SetTag("market.tx.hash", receipt.TransactionHash.ToString());
            span.SetTag("market.tx.block", (long)receipt.BlockNumber);
            span.SetTag("market.tx.gas", (long)receipt.GasUsed);
            span.SetTag("market.tx.fee_wei", receipt.Fee.ToString(CultureInfo.InvariantCulture));
        }

        span.SetStatus(outcome is SendOutcome.Mined ? ActivityStatusCode.Ok : ActivityStatusCode.Error, outcome is SendOutcome.Mined ? null : outcome.Describe());
    }
}
