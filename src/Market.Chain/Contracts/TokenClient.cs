using System.Numerics;
using Market.Chain.Generated.Token;
using Market.Chain.Transactions;
using Market.Domain.Money;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>The market's asset, an ERC-20 token.</summary>
public sealed class TokenClient(EthereumClient client, Address address)
{
    private readonly ContractReader _reader = new(client, address);

    /// <summary>The contract.</summary>
    public Address Address => address;

    /// <summary>Symbol and decimals.</summary>
    public async Task<Asset> AssetAsync(CancellationToken cancel) => new(
        await _reader.ReadAsync<SymbolFunction, string>(new(), cancel),
        await _reader.ReadAsync<DecimalsFunction, byte>(new(), cancel));

    /// <summary>An account's tokens.</summary>
    public async Task<Amount> BalanceAsync(Address account, CancellationToken cancel) =>
        ToAmount(await _reader.ReadAsync<BalanceOfFunction, BigInteger>(new(account), cancel));

    /// <summary>What <paramref name="spender"/> may take from <paramref name="owner"/>, at most 2^128 - 1.</summary>
    public async Task<Amount> AllowanceAsync(Address owner, Address spender, CancellationToken cancel) =>
        ToAmount(await _reader.ReadAsync<AllowanceFunction, BigInteger>(new(owner, spender), cancel));

    /// <summary>Lets <paramref name="spender"/> take <paramref name="amount"/> from the sender.</summary>
    public Task<SendOutcome> ApproveAsync(TransactionSender sender, Address spender, Amount amount, CancellationToken cancel) =>
        sender.SendAsync(address, new ApproveFunction(spender, amount.BaseUnits), cancel);

    /// <summary>Sends tokens.</summary>
    public Task<SendOutcome> TransferAsync(TransactionSender sender, Address to, Amount amount, CancellationToken cancel) =>
        sender.SendAsync(address, new TransferFunction(to, amount.BaseUnits), cancel);

    /// <summary>Makes tokens; only the token's minter may.</summary>
    public Task<SendOutcome> MintAsync(TransactionSender sender, Address to, Amount amount, CancellationToken cancel) =>
        sender.SendAsync(address, new MintFunction(to, amount.BaseUnits), cancel);

    private static Amount ToAmount(BigInteger value) => new(value > UInt128.MaxValue ? UInt128.MaxValue : (UInt128)value);
}
