using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.Node.Bidding;

/// <summary>Keeps the device's bid as its owner wishes it: listed, valid, at the fixed price, and gone while draining.</summary>
internal sealed partial class BiddingService(
    MarketAccess market, NodeOptions options, Drain drain, BidStatus status, ChainHead head, TimeProvider time, ILogger<BiddingService> logger)
    : ReconcilingService(head, time, logger)
{
    /// <summary>The tick of a price: never less than asked for.</summary>
    /// <param name="asset">How money is written.</param>
    /// <param name="price">Asset units per Gfuel.</param>
    /// <returns>Null if the price is above the highest tick or malformed.</returns>
    public static Tick? TickOf(Asset asset, string price) =>
        asset.TryParsePerGfuel(price, out var unitPrice) ? Tick.AtLeast(unitPrice) : null;

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (TickOf(market.Asset, options.Price) is not { } tick)
        {
            status.Set(false, $"the price {options.Price} {market.Asset.Symbol}/Gfuel cannot be expressed");
            return;
        }

        var device = await market.Market.DeviceAsync(market.Device, cancel);
        var bid = await market.Market.BidAsync(market.Device, cancel);
        var wish = new BidWish(options.Class, tick, options.Lanes, options.VerdictMask);
        var step = BidPlanner.Next(device, bid, wish, market.Parameters.MinStake, drain.IsDraining, now.Time);
        var outcome = step switch
        {
            BidStep.Place p => await market.Account.PlaceBidAsync(market.Device, p.Book, p.Tick, p.Lanes, p.ValidUntil, p.VerdictMask, cancel),
            BidStep.Extend e => await market.Account.ExtendBidAsync(market.Device, e.ValidUntil, cancel),
            BidStep.Announce a => await market.Account.AnnounceBidAsync(market.Device, a.Tick, a.Lanes, a.ValidUntil, cancel),
            BidStep.Activate => await market.Account.ActivateBidAsync(market.Device, cancel),
            BidStep.Prune => await market.Account.PruneBidAsync(market.Device, cancel),
            _ => null,
        };

        Note(step, outcome, bid.Lanes > 0);
    }

    private void Note(BidStep step, SendOutcome? outcome, bool listed)
    {
        if (outcome is not (null or SendOutcome.Mined))
        {
            if (status.Set(listed, $"{step.GetType().Name} failed: {outcome.Describe()}")) LogFailed(step.GetType().Name, outcome.Describe());
            return;
        }

        var (standing, text) = step switch
        {
            BidStep.Stand or BidStep.Extend => (true, $"listed in {options.Class} at {options.Price} {market.Asset.Symbol}/Gfuel"),
            BidStep.Place p => (true, $"listed in {p.Book} at {options.Price} {market.Asset.Symbol}/Gfuel"),
            BidStep.Idle idle => (false, idle.Reason),
            BidStep.Announce { Lanes: 0 } => (true, "withdrawing"),
            BidStep.Await wait => (true, $"a change is announced for {wait.ActiveAt}"),
            BidStep.Announce => (true, "changing price or lanes"),
            BidStep.Activate => (!drain.IsDraining, "the announced change took effect"),
            _ => (false, "the bid ran out and is placed anew"),
        };
        if (status.Set(standing, text)) LogChanged(text);
    }

    [LoggerMessage(4101, LogLevel.Information, "Bid: {Text}")]
    private partial void LogChanged(string text);

    [LoggerMessage(4102, LogLevel.Warning, "Bid: {Step} failed: {Outcome}; trying again at the next block")]
    private partial void LogFailed(string step, string outcome);
}
