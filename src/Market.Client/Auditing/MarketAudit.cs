using System.Collections.Immutable;
using System.Numerics;
using Market.Chain;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Offers;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Client.Auditing;

/// <summary>The market's whole money at one block, in base units.</summary>
/// <param name="Credits">Sum of all accounts' credits.</param>
/// <param name="Stakes">Sum of all devices' stakes.</param>
/// <param name="Escrows">Sum of all offers' escrows.</param>
/// <param name="Held">Tokens that the market contract holds.</param>
public sealed record MarketBalance(BigInteger Credits, BigInteger Stakes, BigInteger Escrows, BigInteger Held)
{
    /// <summary>Whether credits, stakes and escrows are exactly what the contract holds.</summary>
    public bool IsExact => Credits + Stakes + Escrows == Held;
}

/// <summary>Gas that one kind of step used over the market's life.</summary>
/// <param name="Step">The event that names the step.</param>
/// <param name="Transactions">How many.</param>
/// <param name="Gas">Gas of all of them.</param>
public sealed record GasLine(string Step, int Transactions, ulong Gas)
{
    /// <summary>Mean gas of one.</summary>
    public ulong Mean => Gas / (ulong)Transactions;
}

/// <summary>Reads a market's whole history and checks it against the contract's own sums. Meant for small, local markets.</summary>
public sealed class MarketAudit
{
    // What is burned is credited to an account that nobody can call from (DeviceLib).
    private static readonly Address Burned = Address.Parse("0x000000000000000000000000000000000000dEaD");

    private readonly MarketConnection _market;
    private readonly List<ChainEvent> _events = [];
    private readonly MarketProjection _projection = new();

    private MarketAudit(MarketConnection market) => _market = market;

    /// <summary>What the events add up to.</summary>
    public MarketState State => _projection.State;

    /// <summary>Reads all events up to now.</summary>
    public static async Task<MarketAudit> ReadAsync(MarketConnection market, CancellationToken cancel)
    {
        var audit = new MarketAudit(market);
        var follower = market.Follow();

        // Up to the block that was the newest when we began: over a slow connection a newer one is always there already.
        var newest = await market.Client.BlockNumberAsync(cancel);
        while (audit.State.Head is not { } head || head.Number < newest)
        {
            foreach (var update in await follower.PollAsync(cancel)) audit.Apply(update);
        }

        return audit;
    }

    /// <summary>Asks the contract for the sums over every account, device and open offer that the events name, in the block that they end with.</summary>
    public async Task<MarketBalance> BalanceAsync(CancellationToken cancel)
    {
        var rules = await _market.Market.ParametersAsync(cancel);
        var accounts = new SortedSet<Address> { rules.FeeRecipient, Burned };
        foreach (var e in _events)
        {
            if (e.Message is DepositedEvent deposit) accounts.Add(deposit.Account);
            else if (e.Message is TippedEvent tip) accounts.Add(tip.Keeper);
        }

        // Who proves a result wrong has credit without ever having deposited any.
        foreach (var game in State.Games.Values) accounts.Add(game.Challenger);
        foreach (var device in State.Devices.Values) accounts.UnionWith([device.Owner, device.Operator]);
        foreach (var job in State.Jobs.Values) accounts.Add(job.Account);
        foreach (var offer in State.Offers.Values) accounts.Add(offer.Terms.Consumer);
        // An offer that one lease filled is not stored: its escrow hangs on that lease while it is open.
        var claims = State.Offers.Values.Where(o => o.State != OfferState.Closed)
            .SelectMany(o => OpenClaims(o).Select(l => (o.Terms, l)));
        var totals = await _market.Market.TotalsAsync(accounts, claims, cancel, State.Head is { } head ? BlockTag.Number(head.Number) : BlockTag.Latest);
        return new MarketBalance(totals.Credits, totals.Stakes, totals.Escrows, totals.Held);
    }

    /// <summary>Gas by step, in the order in which the steps first happened.</summary>
    public async Task<ImmutableArray<GasLine>> GasAsync(CancellationToken cancel)
    {
        var lines = new Dictionary<string, GasLine>();
        var order = new List<string>();
        // A transaction counts under its first event; what follows in it is the consequence.
        foreach (var first in _events.GroupBy(e => e.Transaction).Select(g => g.MinBy(e => e.LogIndex)!).OrderBy(e => e.Block.Number))
        {
            if (await _market.Client.ReceiptAsync(first.Transaction, cancel) is not { } receipt) continue;
            var step = first.Message.GetType().Name.Replace("Event", "", StringComparison.Ordinal);
            if (!lines.TryGetValue(step, out var line))
            {
                line = new GasLine(step, 0, 0);
                order.Add(step);
            }

            lines[step] = line with { Transactions = line.Transactions + 1, Gas = line.Gas + (ulong)receipt.GasUsed };
        }

        return [.. order.Select(step => lines[step])];
    }

    private void Apply(ChainUpdate update)
    {
        _projection.Apply(update);
        if (update is ChainUpdate.Advanced advanced) _events.AddRange(advanced.Events);
        else if (update is ChainUpdate.RolledBack { To: var to }) _events.RemoveAll(e => to is null || e.Block.Number > to.Number);
    }

    // Each open lease, since a demand on it holds a deposit; an offer without one is claimed with any of its old leases.
    private List<Domain.Leases.Lease> OpenClaims(OfferEntry offer)
    {
        var leases = State.LeasesOf(offer.Id).ToList();
        var open = leases.Where(l => State.OpenLeases.Contains(l.Key)).Select(l => l.Lease).ToList();
        return open.Count > 0 ? open : leases.Count > 0 ? [leases[0].Lease] : [new Domain.Leases.Lease(offer.Id, new DeviceId(0), 0, 0, 0, 0)];
    }
}
