using Market.Client.Faults;
using Market.Client.Markets;
using Market.Domain.Jobs;
using Market.Domain.Money;

namespace Market.Client.Tasks;

/// <summary>The cheapest standing bid, and what fuel costs at it.</summary>
/// <param name="Tick">The bid's price.</param>
/// <param name="Asset">How amounts are written.</param>
public sealed record BookPrice(Tick Tick, Asset Asset)
{
    /// <summary>Reads the books now; null when nobody bids.</summary>
    /// <exception cref="MarketException">The chain does not answer.</exception>
    public static async Task<BookPrice?> ReadAsync(MarketClient client, CancellationToken cancel)
    {
        var snapshot = await ChainFaults.TranslateAsync(() => new MarketReader(client.Connection).ReadAsync(cancel), client.Asset);
        var bids = snapshot.Bids.Where(bid => bid.ValidUntil > snapshot.Now).ToList();
        return bids.Count == 0 ? null : new BookPrice(bids.Min(bid => bid.Tick), client.Asset);
    }

    /// <summary>What one run of this much fuel costs, as a consumer pays: in whole Mfuel, rounded up.</summary>
    public Amount CostOf(Fuel fuel) => Tick.Price.CostUp((uint)Math.Min(fuel.MfuelUp, uint.MaxValue), 1);
}
