using System.Collections.Immutable;
using System.Numerics;
using Market.Chain.Contracts;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Ethereum;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Client.Disputes;

/// <summary>The judge of optimistic results as one account may call it.</summary>
public sealed class JudgeAccount(EthereumClient client, Address address, TokenClient token, TransactionSender sender)
{
    private readonly ContractReader _reader = new(client, address);

    /// <summary>The contract.</summary>
    public Address Address => address;

    /// <summary>Who calls.</summary>
    public Address Account => sender.Account;

    /// <summary>Until when the mover of a game must have moved; null when the game is over.</summary>
    public async Task<UnixTime?> DeadlineAsync(BigInteger game, CancellationToken cancel)
    {
        var read = await _reader.ReadAsync<DeadlineOfFunction, DeadlineOfResult>(new(game), cancel);
        return read.Deadline.IsZero ? null : new UnixTime((ulong)read.Deadline);
    }

    /// <summary>What the deployment fixes.</summary>
    public Task<DisputeParametersTuple> ParametersAsync(CancellationToken cancel) =>
        _reader.ReadAsync<DisputeParametersFunction, DisputeParametersTuple>(new(), cancel);

    /// <summary>Rounds of a game about an offer's runs.</summary>
    public async Task<byte> RoundsAsync(Terms terms, int codeDepth, CancellationToken cancel) =>
        (await _reader.ReadAsync<MeasureOfFunction, MeasureOfResult>(new(terms.Mfuel, (byte)codeDepth), cancel)).Rounds;

    /// <summary>What the judge owes the account: bonds that came back or were won.</summary>
    public async Task<Amount> OwedAsync(CancellationToken cancel) => new((UInt128)await _reader.ReadAsync<OwedFunction, BigInteger>(new(sender.Account), cancel));

    /// <summary>Opens a game, after letting the judge take the bond if it owes less than one.</summary>
    public async Task<SendOutcome> OpenAsync(AccusationTuple accusation, ImmutableArray<Hash256> hashes, CancellationToken cancel)
    {
        var bond = new Amount((await ParametersAsync(cancel)).Bond);
        if (await OwedAsync(cancel) < bond && await token.AllowanceAsync(sender.Account, address, cancel) < bond)
        {
            // For this game and no more: an allowance outlives the reason it was given for.
            var allowed = await token.ApproveAsync(sender, address, bond, cancel);
            if (allowed is not SendOutcome.Mined) return allowed;
        }

        return await sender.SendAsync(address, new OpenFunction(accusation, hashes), cancel);
    }

    /// <summary>Requests pieces of what a lease rests on, each against a deposit that whoever shows it earns.</summary>
    public async Task<ImmutableArray<SendOutcome>> RequestAsync(Terms terms, Lease lease, IReadOnlyList<RequestTuple> pieces, CancellationToken cancel)
    {
        var deposits = new Amount((await ParametersAsync(cancel)).RequestDeposit * (UInt128)pieces.Count);
        // The judge takes a deposit from what it owes only if that is enough for it, so the allowance has to do for all of them.
        if (await OwedAsync(cancel) < deposits && await token.AllowanceAsync(sender.Account, address, cancel) < deposits)
        {
            var allowed = await token.ApproveAsync(sender, address, deposits, cancel);
            if (allowed is not SendOutcome.Mined) return [.. pieces.Select(_ => allowed)];
        }

        return [.. await Task.WhenAll(pieces.Select(piece => sender.SendAsync(address, new RequestFunction(TermsOf(terms), lease.ToWord(), piece), cancel)))];
    }

    /// <summary>Ends a request that nobody answered in time.</summary>
    public Task<SendOutcome> CloseAsync(Terms terms, Lease lease, RequestTuple piece, CancellationToken cancel) =>
        sender.SendAsync(address, new CloseRequestFunction(TermsOf(terms), lease.ToWord(), piece), cancel);

    /// <summary>Overturns a lease with a record that has no result's form.</summary>
    public Task<SendOutcome> OverturnAsync(Terms terms, Lease lease, uint tasklet, CommittedRecord record, CancellationToken cancel) =>
        sender.SendAsync(address, new OverturnFunction(TermsOf(terms), lease.ToWord(), tasklet, HexBytes.Wrap(record.Bytes), record.Proof), cancel);

    /// <summary>The call that pays out a game that is over and tells the market.</summary>
    public static SettleFunction Settle(Terms terms, Lease lease, GameEntry game) => new(TermsOf(terms), lease.ToWord(), game.Subject.Tasklet, game.Challenger);

    /// <summary>Moves out what the judge owes.</summary>
    public Task<SendOutcome> WithdrawAsync(CancellationToken cancel) => sender.SendAsync(address, new WithdrawFunction(), cancel);

    /// <summary>As this contract's ABI has them.</summary>
    public static TermsTuple TermsOf(Terms terms) => new(terms.ToCostWord(), terms.ToRuleWord(), terms.ScopeHash());
}
