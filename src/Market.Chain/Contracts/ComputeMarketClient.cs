using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>
/// Reads the market contract at the newest block. Reads throw <see cref="ContractReadException"/>; changes are in
/// <see cref="ComputeMarketAccount"/>.
/// </summary>
public sealed class ComputeMarketClient(EthereumClient client, Address address)
{
    private readonly ContractReader _reader = new(client, address);

    /// <summary>The contract.</summary>
    public Address Address => address;

    /// <summary>Version of the contract's interface.</summary>
    public Task<uint> VersionAsync(CancellationToken cancel) => _reader.ReadAsync<VersionFunction, uint>(new(), cancel);

    /// <summary>The deployment's stamp.</summary>
    public Task<Hash256> GenesisAsync(CancellationToken cancel) => _reader.ReadAsync<GenesisFunction, Hash256>(new(), cancel);

    /// <summary>The asset's contract.</summary>
    public Task<Address> AssetAsync(CancellationToken cancel) => _reader.ReadAsync<AssetFunction, Address>(new(), cancel);

    /// <summary>The capability registry.</summary>
    public Task<Address> RegistryAsync(CancellationToken cancel) => _reader.ReadAsync<RegistryFunction, Address>(new(), cancel);

    /// <summary>The deployment's fixed numbers.</summary>
    public Task<ParametersTuple> ParametersAsync(CancellationToken cancel) => _reader.ReadAsync<ParametersFunction, ParametersTuple>(new(), cancel);

    /// <summary>An account's credit.</summary>
    public async Task<Amount> CreditAsync(Address account, CancellationToken cancel) =>
        new(await _reader.ReadAsync<BalanceOfFunction, UInt128>(new(account), cancel));

    /// <summary>Least nonce of a consumer's next offer.</summary>
    public Task<ulong> OfferNonceAsync(Address consumer, CancellationToken cancel) => _reader.ReadAsync<NonceOfFunction, ulong>(new(consumer), cancel);

    /// <summary>Devices ever registered.</summary>
    public Task<uint> DeviceCountAsync(CancellationToken cancel) => _reader.ReadAsync<DeviceCountFunction, uint>(new(), cancel);

    /// <summary>A device; its owner is zero if there is none.</summary>
    public Task<DeviceTuple> DeviceAsync(DeviceId device, CancellationToken cancel) => _reader.ReadAsync<DeviceFunction, DeviceTuple>(new(device.Value), cancel);

    /// <summary>A device's bid; zero lanes if it has none.</summary>
    public Task<BidTuple> BidAsync(DeviceId device, CancellationToken cancel) => _reader.ReadAsync<BidFunction, BidTuple>(new(device.Value), cancel);

    /// <summary>Up to <paramref name="max"/> bids of a book, cheapest first, after <paramref name="start"/> (zero: from the first).</summary>
    public Task<ImmutableArray<BidTuple>> BidsAsync(ClassKey book, DeviceId start, ushort max, CancellationToken cancel) =>
        _reader.ReadAsync<BidsFunction, ImmutableArray<BidTuple>>(new(book.Packed, start.Value, max), cancel);

    /// <summary>The ticks at which a book has bids, rising.</summary>
    public async Task<ImmutableArray<Tick>> BookTicksAsync(ClassKey book, CancellationToken cancel)
    {
        var words = await _reader.ReadAsync<BookTicksFunction, ImmutableArray<BigInteger>>(new(book.Packed), cancel);
        return [.. Enumerable.Range(0, 256 * words.Length).Where(t => !((words[t / 256] >> (t % 256)) & 1).IsZero).Select(t => new Tick(t))];
    }

    /// <summary>An offer as stored; one that a single lease filled is not.</summary>
    public Task<OfferTuple> OfferAsync(OfferId offer, CancellationToken cancel) => _reader.ReadAsync<OfferFunction, OfferTuple>(new(offer.Value), cancel);

    /// <summary>A lease as stored; ended ones may read as None.</summary>
    public Task<LeaseStatusTuple> LeaseAsync(LeaseKey lease, CancellationToken cancel) => _reader.ReadAsync<LeaseFunction, LeaseStatusTuple>(new(lease.Value), cancel);

    /// <summary>What matching these terms would do now, posted or not.</summary>
    public Task<QuoteTuple> QuoteAsync(Terms terms, CancellationToken cancel) => _reader.ReadAsync<QuoteFunction, QuoteTuple>(new(terms.ToTuple(), terms.ToScope()), cancel);

    /// <summary>What posting these terms takes from the credit.</summary>
    public async Task<Amount> EscrowOfAsync(Terms terms, CancellationToken cancel) =>
        new(await _reader.ReadAsync<EscrowOfFunction, UInt128>(new(terms.ToTuple()), cancel));

    /// <summary>The contract's own name for these terms.</summary>
    public async Task<OfferId> OfferIdOfAsync(Terms terms, CancellationToken cancel) =>
        new(await _reader.ReadAsync<OfferIdOfFunction, Hash256>(new(terms.ToTuple()), cancel));

    /// <summary>The contract's own name for a lease.</summary>
    public async Task<LeaseKey> LeaseKeyOfAsync(Lease lease, CancellationToken cancel) =>
        new(await _reader.ReadAsync<LeaseKeyOfFunction, Hash256>(new(lease.Offer.Value, lease.ToWord()), cancel));

    /// <summary>What a lease of <paramref name="count"/> tasklets locks of a device's stake.</summary>
    public async Task<Amount> BondOfAsync(Terms terms, uint count, CancellationToken cancel) =>
        new(await _reader.ReadAsync<BondOfFunction, ulong>(new(terms.ToTuple(), count), cancel));

    /// <summary>The sums of the exact-balance check: credits, stakes, escrows, and the tokens held; at the newest block if no other is given.</summary>
    public Task<TotalsResult> TotalsAsync(IEnumerable<Address> accounts, IEnumerable<(Terms Terms, Lease Lease)> claims, CancellationToken cancel, BlockTag? block = null) =>
        _reader.ReadAsync<TotalsFunction, TotalsResult>(
            new([.. accounts], [.. claims.Select(c => new ClaimTuple(c.Terms.ToTuple(), c.Lease.ToWord()))]), block ?? BlockTag.Latest, cancel);
}
