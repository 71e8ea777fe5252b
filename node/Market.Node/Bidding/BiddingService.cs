using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Observing;
using Market.Node.Storage;

namespace Market.Node.Bidding;

/// <summary>Keeps the device's bid as its owner wishes it: listed, valid, at the owner's price, and gone while draining.</summary>
internal sealed partial class BiddingService(
    MarketAccess market, LiveOptions options, BidPrice price, DiskRoom disk, Respite respite, Drain drain, BidStatus status, ProviderMetrics metrics, ChainHead head, TimeProvider time, ILogger<BiddingService> logger)
    : ReconcilingService(head, time, logger)
{
    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        var settings = options.Current;
        if (BidPrice.CurveOf(market.Asset, settings.Pricing) is not { } curve)
        {
            status.Set(false, $"the price {settings.Pricing.Price} {market.Asset.Symbol}/Gfuel cannot be expressed");
            return;
        }

        var device = await market.Market.DeviceAsync(market.Device, cancel);
        status.Device = device;
        var bid = await market.Market.BidAsync(market.Device, cancel);
        var tick = price.Next(curve, bid.Lanes > 0 ? new Tick(bid.Tick) : null, settings.Lanes, now.Time);
        var wish = new BidWish(settings.Class, tick, settings.Lanes, settings.VerdictMask);
        var step = BidPlanner.Next(device, bid, wish, market.Parameters.MinStake, drain.IsDraining || disk.IsLow || respite.IsOn, now.Time);
        if (step is BidStep.Idle && disk.IsLow && !drain.IsDraining) step = new BidStep.Idle("withdrawn: the disk is full");
        else if (step is BidStep.Idle && respite.IsOn && !drain.IsDraining) step = new BidStep.Idle("withdrawn for a while: work was handed back because this device is too slow");
        var outcome = step switch
        {
            BidStep.Place p => await market.Account.PlaceBidAsync(market.Device, p.Book, p.Tick, p.Lanes, p.ValidUntil, p.VerdictMask, cancel),
            BidStep.Extend e => await market.Account.ExtendBidAsync(market.Device, e.ValidUntil, cancel),
            BidStep.Announce a => await market.Account.AnnounceBidAsync(market.Device, a.Tick, a.Lanes, a.ValidUntil, cancel),
            BidStep.Activate => await market.Account.ActivateBidAsync(market.Device, cancel),
            BidStep.Prune => await market.Account.PruneBidAsync(market.Device, cancel),
            _ => null,
        };

        if (outcome is not null) metrics.BidChanged(step.GetType().Name.ToLowerInvariant(), outcome.Name);
        Note(step, outcome, wish, bid.Lanes > 0);
    }

    private void Note(BidStep step, SendOutcome? outcome, BidWish wish, bool listed)
    {
        var asked = market.Asset.FormatPerGfuel(wish.Tick.Price);
        if (outcome is not (null or SendOutcome.Mined))
        {
            if (status.Set(listed, $"{step.GetType().Name} failed: {outcome.Describe()}")) LogFailed(step.GetType().Name, outcome.Describe());
            return;
        }

        var (standing, text) = step switch
        {
            BidStep.Stand or BidStep.Extend => (true, $"listed in {wish.Book} at {asked}"),
            BidStep.Place p => (true, $"listed in {p.Book} at {asked}"),
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
