using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Contracts;

/// <summary>A read reverted, or gave what its ABI does not say: the contract is another one than thought.</summary>
public sealed class ContractReadException(string function, MarketError? error, Exception? cause = null)
    : Exception($"{function} cannot be read: {error?.ToString() ?? cause?.Message}", cause)
{
    /// <summary>The revert; null if the result could not be decoded.</summary>
    public MarketError? Error { get; } = error;
}

/// <summary>Typed reads of one contract at the newest block, or at a given one.</summary>
public sealed class ContractReader(EthereumClient client, Address address)
{
    /// <summary>The contract.</summary>
    public Address Address => address;

    /// <summary>The connection.</summary>
    public EthereumClient Client => client;

    /// <summary>Reads through a view.</summary>
    /// <exception cref="ContractReadException">The view reverted, or the result is not of its type.</exception>
    public Task<TResult> ReadAsync<TFunction, TResult>(TFunction call, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction, TResult> => ReadAsync<TFunction, TResult>(call, BlockTag.Latest, cancel);

    /// <summary>Reads through a view from the state after <paramref name="block"/>.</summary>
    /// <exception cref="ContractReadException">The view reverted, or the result is not of its type.</exception>
    public async Task<TResult> ReadAsync<TFunction, TResult>(TFunction call, BlockTag block, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction, TResult>
    {
        var outcome = await client.CallAsync(new CallRequest(null, address, AbiCodec.EncodeCall(call)), block, cancel);
        if (outcome.Returned is not { } data) throw new ContractReadException(TFunction.Name, MarketError.Decode(outcome.Reverted ?? default, outcome.Reason));
        try
        {
            return AbiCodec.DecodeResult<TFunction, TResult>(data.Memory);
        }
        catch (AbiException e)
        {
            throw new ContractReadException(TFunction.Name, null, e);
        }
    }
}
