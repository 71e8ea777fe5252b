using System.Collections.Immutable;
using Market.Chain;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Books;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Planning;

namespace Market.Client.Markets;

/// <summary>Reads books and rules as the planner wants them.</summary>
public sealed class MarketReader(MarketConnection connection)
{
    private const ushort PageSize = 256;

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
                bids.AddRange(await BookAsync(new ClassKey(RuntimeKind.Wasm, (AttestationLevel)level, region), parameters, cancel));
            }
        }

        return new MarketSnapshot(now, RulesOf(parameters), bids.ToImmutable());
    }

    /// <summary>One book's bids, cheapest first.</summary>
    public async Task<ImmutableArray<StandingBid>> BookAsync(ClassKey book, CancellationToken cancel) =>
        await BookAsync(book, await connection.Market.ParametersAsync(cancel), cancel);

    private static MarketRules RulesOf(ParametersTuple p) =>
        new(p.FeeBps, p.MaxLeaseSeconds, p.MaxWindowSeconds, p.GraceSeconds, new Amount(p.MaxLeaseValue), p.MaxFills);

    private async Task<ImmutableArray<StandingBid>> BookAsync(ClassKey book, ParametersTuple parameters, CancellationToken cancel)
    {
        var bids = ImmutableArray.CreateBuilder<StandingBid>();
        for (var start = default(DeviceId); ;)
        {
            var page = await connection.Market.BidsAsync(book, start, PageSize, cancel);
            foreach (var bid in page)
            {
                var device = await connection.Market.DeviceAsync(new DeviceId(bid.Device), cancel);
                bids.Add(ToDomain(bid, device, parameters));
            }

            if (page.Length < PageSize) return bids.ToImmutable();
            start = new DeviceId(page[^1].Device);
        }
    }

    private static StandingBid ToDomain(BidTuple bid, DeviceTuple device, ParametersTuple parameters) => new(
        new DeviceId(bid.Device),
        new ClassKey(bid.ClassKey),
        new Tick(bid.Tick),
        bid.Lanes,
        bid.FreeLanes,
        new UnixTime(bid.ValidUntil),
        bid.VerdictMask,
        bid.ScorePerLane,
        bid.MemoryMiB,
        Amount.SubtractToZero(new Amount(device.Stake), new Amount((UInt128)device.Locked + parameters.MinStake)));
}
