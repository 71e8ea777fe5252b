using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>The market contract as one account may change it. For what has no method here, send the message: <see cref="SendAsync"/>.</summary>
public sealed class ComputeMarketAccount(Address market, TransactionSender sender)
{
    /// <summary>Who acts.</summary>
    public Address Account => sender.Account;

    /// <summary>The sender below.</summary>
    public TransactionSender Sender => sender;

    /// <summary>Calls the market with any of its messages.</summary>
    public Task<SendOutcome> SendAsync<TFunction>(TFunction call, CancellationToken cancel)
        where TFunction : Ethereum.Abi.IAbiFunction<TFunction> => sender.SendAsync(market, call, cancel);

    /// <summary>What a call would cost, or why it would revert.</summary>
    public Task<SendEstimate> EstimateAsync<TFunction>(TFunction call, CancellationToken cancel)
        where TFunction : Ethereum.Abi.IAbiFunction<TFunction> => sender.EstimateAsync(market, call, cancel);

    /// <summary>Moves approved tokens into the account's credit.</summary>
    public Task<SendOutcome> DepositAsync(Amount amount, CancellationToken cancel) => SendAsync(new DepositFunction(amount.BaseUnits), cancel);

    /// <summary>Moves credit out to the account.</summary>
    public Task<SendOutcome> WithdrawAsync(Amount amount, CancellationToken cancel) => SendAsync(new WithdrawFunction(amount.BaseUnits), cancel);

    /// <summary>Owner: registers a device with stake from the credit; the receipt's event names it.</summary>
    public Task<SendOutcome> RegisterDeviceAsync(Address operatorAccount, Amount stake, string endpoint, Hash256 transportKey, CancellationToken cancel) =>
        SendAsync(new RegisterDeviceFunction(operatorAccount, checked((ulong)stake.BaseUnits), endpoint, transportKey), cancel);

    /// <summary>Operator: says where the device is reached.</summary>
    public Task<SendOutcome> SetEndpointAsync(DeviceId device, string endpoint, Hash256 transportKey, CancellationToken cancel) =>
        SendAsync(new SetEndpointFunction(device.Value, endpoint, transportKey), cancel);

    /// <summary>Anyone: moves credit into a device's stake.</summary>
    public Task<SendOutcome> AddStakeAsync(DeviceId device, Amount amount, CancellationToken cancel) =>
        SendAsync(new AddStakeFunction(device.Value, checked((ulong)amount.BaseUnits)), cancel);

    /// <summary>Owner: moves free stake into the credit.</summary>
    public Task<SendOutcome> UnstakeAsync(DeviceId device, Amount amount, CancellationToken cancel) =>
        SendAsync(new UnstakeFunction(device.Value, checked((ulong)amount.BaseUnits)), cancel);

    /// <summary>Owner: ends the device; its stake can be released after unbonding.</summary>
    public Task<SendOutcome> RetireAsync(DeviceId device, CancellationToken cancel) => SendAsync(new RetireFunction(device.Value), cancel);

    /// <summary>Owner: moves all stake of a device that ended into the credit.</summary>
    public Task<SendOutcome> ReleaseAsync(DeviceId device, CancellationToken cancel) => SendAsync(new ReleaseFunction(device.Value), cancel);

    /// <summary>Operator: lists the device in a book.</summary>
    /// <param name="device">The device, without a bid.</param>
    /// <param name="book">The book.</param>
    /// <param name="tick">What it asks.</param>
    /// <param name="lanes">Tasklets at once.</param>
    /// <param name="validUntil">Block time.</param>
    /// <param name="verdictMask">Bit v: takes offers of verdict v.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<SendOutcome> PlaceBidAsync(
        DeviceId device, ClassKey book, Tick tick, ushort lanes, UnixTime validUntil, byte verdictMask, CancellationToken cancel) =>
        SendAsync(new PlaceBidFunction(device.Value, book.Packed, tick.Index, lanes, validUntil.Seconds, verdictMask), cancel);

    /// <summary>Operator: announces another price or number of lanes, or with zero lanes the end of the bid.</summary>
    public Task<SendOutcome> AnnounceBidAsync(DeviceId device, Tick tick, ushort lanes, UnixTime validUntil, CancellationToken cancel) =>
        SendAsync(new AnnounceBidFunction(device.Value, tick.Index, lanes, validUntil.Seconds), cancel);

    /// <summary>Anyone: applies an announced change that is due.</summary>
    public Task<SendOutcome> ActivateBidAsync(DeviceId device, CancellationToken cancel) => SendAsync(new ActivateBidFunction(device.Value), cancel);

    /// <summary>Operator: lets the bid stand longer.</summary>
    public Task<SendOutcome> ExtendBidAsync(DeviceId device, UnixTime validUntil, CancellationToken cancel) =>
        SendAsync(new ExtendBidFunction(device.Value, validUntil.Seconds), cancel);

    /// <summary>Anyone: delists a bid that ran out.</summary>
    public Task<SendOutcome> PruneBidAsync(DeviceId device, CancellationToken cancel) => SendAsync(new PruneBidFunction(device.Value), cancel);

    /// <summary>Consumer: posts and escrows an offer.</summary>
    public Task<SendOutcome> PostOfferAsync(Terms terms, Work work, CancellationToken cancel) =>
        SendAsync(new PostOfferFunction(terms.ToCostWord(), terms.ToRuleWord(), work.ToTuple(), terms.ClassKey.Packed, terms.DeviceNumbers()), cancel);

    /// <summary>Consumer: posts, escrows and matches an offer; without a match it stays open.</summary>
    public Task<SendOutcome> PostAndMatchAsync(Terms terms, Work work, CancellationToken cancel) =>
        SendAsync(new PostAndMatchFunction(terms.ToCostWord(), terms.ToRuleWord(), work.ToTuple(), terms.ClassKey.Packed, terms.DeviceNumbers()), cancel);

    /// <summary>Anyone: leases what is unleased or free again.</summary>
    public Task<SendOutcome> MatchAsync(Terms terms, CancellationToken cancel) => SendAsync(new MatchOfferFunction(terms.ToTuple(), terms.ToScope()), cancel);

    /// <summary>Consumer: no more leases.</summary>
    public Task<SendOutcome> CancelOfferAsync(Terms terms, CancellationToken cancel) => SendAsync(new CancelOfferFunction(terms.ToTuple()), cancel);

    /// <summary>Anyone: refunds the rest of an offer with nothing outstanding.</summary>
    public Task<SendOutcome> CloseOfferAsync(Terms terms, CancellationToken cancel) => SendAsync(new CloseOfferFunction(terms.ToTuple()), cancel);

    /// <summary>Operator: binds a lease's result list.</summary>
    public Task<SendOutcome> CommitAsync(Terms terms, Lease lease, Hash256 resultRoot, CancellationToken cancel) =>
        SendAsync(new CommitFunction(terms.ToTuple(), lease.ToWord(), resultRoot), cancel);

    /// <summary>Consumer: waives the rest of the window of committed leases of one offer.</summary>
    public Task<SendOutcome> AcceptAsync(Terms terms, IEnumerable<Lease> leases, CancellationToken cancel) =>
        SendAsync(new AcceptFunction(terms.ToTuple(), [.. leases.Select(l => l.ToWord())]), cancel);

    /// <summary>Anyone, after the window: pays committed leases of one offer.</summary>
    public Task<SendOutcome> SettleAsync(Terms terms, IEnumerable<Lease> leases, CancellationToken cancel) =>
        SendAsync(new SettleFunction(terms.ToTuple(), [.. leases.Select(l => l.ToWord())]), cancel);

    /// <summary>Consumer: has a device that fell silent show that it is there.</summary>
    public Task<SendOutcome> SummonAsync(Terms terms, Lease lease, CancellationToken cancel) => SendAsync(new SummonFunction(terms.ToTuple(), lease.ToWord()), cancel);

    /// <summary>Operator: appears when summoned.</summary>
    public Task<SendOutcome> AppearAsync(Terms terms, Lease lease, CancellationToken cancel) => SendAsync(new AppearFunction(terms.ToTuple(), lease.ToWord()), cancel);

    /// <summary>Anyone, after due and grace or once a summoned device did not appear: frees the range of a lease without a result.</summary>
    public Task<SendOutcome> ExpireAsync(Terms terms, Lease lease, CancellationToken cancel) =>
        SendAsync(new ExpireFunction(terms.ToTuple(), lease.ToWord()), cancel);

    /// <summary>Operator: hands a lease back; reasons as in the contract's interface.</summary>
    public Task<SendOutcome> DeclineAsync(Terms terms, Lease lease, byte reason, CancellationToken cancel) =>
        SendAsync(new DeclineFunction(terms.ToTuple(), lease.ToWord(), reason), cancel);
}
