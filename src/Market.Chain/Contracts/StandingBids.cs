using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;

namespace Market.Chain.Contracts;

/// <summary>Reads books as the planner takes them.</summary>
public static class StandingBids
{
    private const ushort Page = 64;

    /// <summary>All bids of a book with their devices' free stake, cheapest first. One read per device: for quotes, not for loops.</summary>
    public static async Task<IReadOnlyList<StandingBid>> ReadAsync(ComputeMarketClient market, ClassKey book, CancellationToken cancel)
    {
        var least = (await market.ParametersAsync(cancel)).MinStake;
        var bids = new List<StandingBid>();
        for (var start = new DeviceId(0); ;)
        {
            var page = await market.BidsAsync(book, start, Page, cancel);
            foreach (var bid in page) bids.Add(Join(bid, await market.DeviceAsync(new DeviceId(bid.Device), cancel), least));
            if (page.Length < Page) return bids;
            start = new DeviceId(page[^1].Device);
        }
    }

    /// <summary>A bid with what backs it.</summary>
    /// <param name="bid">The bid.</param>
    /// <param name="device">Its device.</param>
    /// <param name="minStake">The market's least stake, which backs no bond.</param>
    public static StandingBid Join(BidTuple bid, DeviceTuple device, ulong minStake) => new(
        new DeviceId(bid.Device),
        new ClassKey(bid.ClassKey),
        new Tick(bid.Tick),
        bid.Lanes,
        bid.FreeLanes,
        new UnixTime(bid.ValidUntil),
        bid.VerdictMask,
        bid.ScorePerLane,
        bid.MemoryMiB,
        Amount.SubtractToZero(new Amount(device.Stake), new Amount(minStake) + new Amount(device.Locked)));
}
