using Market.Chain.Contracts;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Ethereum.Rpc;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Keeping;

/// <summary>Makes the calls that anyone may make, in this device's turn, so that no offer hangs on its consumer or on a dead device.</summary>
internal sealed partial class KeeperService(
    MarketAccess market, MarketProjection projection, LiveOptions options, Drain drain, ChainHead head, TimeProvider time, ILogger<KeeperService> logger)
    : ReconcilingService(head, time, logger)
{
    // What found nothing to do, or was refused, is not tried again at every block in which nothing happened to it.
    private const uint PauseSeconds = 5;
    private readonly Dictionary<Hash256, (UnixTime Until, UnixTime Change)> _notBefore = [];

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (!options.Current.Keeps || drain.IsDraining) return;
        foreach (var over in _notBefore.Where(n => n.Value.Until < now.Time).Select(n => n.Key).ToList()) _notBefore.Remove(over);
        foreach (var step in KeepPlanner.Due(projection.State, market.Device, market.Parameters, now.Time))
        {
            var change = step is KeepStep.Match { Offer: { } open } ? KeepPlanner.LastChange(projection.State, open) : default;
            if (_notBefore.TryGetValue(step.Subject, out var tried) && tried.Change == change) continue;
            _notBefore[step.Subject] = (now.Time.Plus(PauseSeconds), change);
            var outcome = await SendAsync(step, cancel);
            Log(step, outcome);

            // Whoever frees a range finds its next device too: nobody waits for another turn, in which the device that failed could bid again.
            if (outcome is SendOutcome.Mined && FreedOf(step) is { } offer) Log(new KeepStep.Match(offer), await SendAsync(new KeepStep.Match(offer), cancel));
        }
    }

    private static OfferEntry? FreedOf(KeepStep step) => step switch
    {
        KeepStep.Expire s => s.Offer,
        KeepStep.Void s => s.Offer,
        _ => null,
    };

    private void Log(KeepStep step, SendOutcome? outcome)
    {
        if (outcome is SendOutcome.Mined mined) LogDone(step.GetType().Name, step.Subject, mined.Receipt.BlockNumber, TipIn(mined.Receipt));
        else if (outcome is not null) LogNotDone(step.GetType().Name, step.Subject, outcome.Describe());
    }

    /// <summary>What the offer paid this device's operator for the call.</summary>
    private Amount TipIn(TransactionReceipt receipt) => receipt.Of<TippedEvent>(market.Market.Address)
        .Where(t => t.Keeper == market.Account.Account)
        .Aggregate(Amount.Zero, (sum, t) => sum + new Amount(t.Amount));

    private async Task<SendOutcome?> SendAsync(KeepStep step, CancellationToken cancel)
    {
        switch (step)
        {
            case KeepStep.Expire s:
                return await market.Account.ExpireAsync(s.Offer.Terms, s.Lease.Lease, cancel);
            case KeepStep.Settle s:
                return await market.Account.SettleAsync(s.Offer.Terms, [s.Lease.Lease], cancel);
            case KeepStep.Void s:
                return await market.Account.SendAsync(new VoidLeaseFunction(s.Offer.Terms.ToTuple(), s.Lease.Lease.ToWord()), cancel);
            case KeepStep.Close s:
                return await market.Account.CloseOfferAsync(s.Offer.Terms, cancel);
            case KeepStep.Match s:
                // Most of the time nobody can take it: asking is free, a transaction is not even signed.
                var quote = await market.Market.QuoteAsync(s.Offer.Terms, cancel);
                return quote.Tasklets == 0 ? null : await market.Account.MatchAsync(s.Offer.Terms, cancel);
            default:
                throw new InvalidOperationException("the steps are closed");
        }
    }

    [LoggerMessage(4401, LogLevel.Information, "Keeping: {Step} of {Subject} in block {Block} for a tip of {Tip} base units")]
    private partial void LogDone(string step, Hash256 subject, ulong block, Amount tip);

    // Another device or the consumer was faster, as a rule.
    [LoggerMessage(4402, LogLevel.Debug, "Keeping: {Step} of {Subject} was not needed: {Outcome}")]
    private partial void LogNotDone(string step, Hash256 subject, string outcome);
}
