using System.Collections.Immutable;
using Market.Chain;
using Market.Chain.Contracts;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Planning;

namespace Market.Client.Markets;

/// <summary>Reads books and rules as the planner wants them.</summary>
public sealed class MarketReader(MarketConnection connection)
{
    /// <summary>The standing bids of every wasm book, with the rules, at about the newest block.</summary>
    public Task<MarketSnapshot> ReadAsync(CancellationToken cancel) => ReadAsync([0], cancel);

    /// <summary>The standing bids of the wasm books of some regions; zero is the books of no region.</summary>
    public async Task<MarketSnapshot> ReadAsync(IEnumerable<byte> regions, CancellationToken cancel)
    {
        var parameters = await connection.Market.ParametersAsync(cancel);
        var now = await connection.Clock.NowAsync(cancel);
        var highest = await connection.Registry.MaxLevelAsync(cancel);
        var bids = ImmutableArray.CreateBuilder<StandingBid>();
        foreach (var region in regions)
        {
            for (byte level = 0; level <= highest; level++)
            {
                bids.AddRange(await BookAsync(new ClassKey(RuntimeKind.Wasm, (AttestationLevel)level, region), cancel));
            }
        }

        return new MarketSnapshot(now, RulesOf(parameters), bids.ToImmutable());
    }

    /// <summary>
    /// The same as if no lease held a lane or a bond: what an offer that waits will meet. Devices whose lanes are all taken may
    /// stand in no book, so the market's events are asked who bids.
    /// </summary>
    public async Task<MarketSnapshot> ReadAllFreeAsync(IEnumerable<byte> regions, CancellationToken cancel)
    {
        var parameters = await connection.Market.ParametersAsync(cancel);
        var projection = new MarketProjection();
        foreach (var update in await connection.Follow().PollAsync(cancel)) projection.Apply(update);
        var bids = ImmutableArray.CreateBuilder<StandingBid>();
        foreach (var entry in projection.State.Bids.Values.Where(bid => bid.Book.Kind == RuntimeKind.Wasm && regions.Contains(bid.Book.Region)).OrderBy(bid => bid.Tick))
        {
            var bid = await connection.Market.BidAsync(entry.Device, cancel);
            var device = await connection.Market.DeviceAsync(entry.Device, cancel);
            if (bid.Lanes > 0) bids.Add(StandingBids.Join(bid with { FreeLanes = bid.Lanes }, device with { Locked = 0 }, parameters.MinStake));
        }

        return new MarketSnapshot(await connection.Clock.NowAsync(cancel), RulesOf(parameters), bids.ToImmutable());
    }

    /// <summary>One book's bids, cheapest first.</summary>
    public async Task<ImmutableArray<StandingBid>> BookAsync(ClassKey book, CancellationToken cancel) => [.. await StandingBids.ReadAsync(connection.Market, book, cancel)];

    private static MarketRules RulesOf(ParametersTuple p) =>
        new(p.FeeBps, p.MaxLeaseSeconds, p.MaxWindowSeconds, p.GraceSeconds, new Amount(p.MaxLeaseValue), p.MaxFills);
}
