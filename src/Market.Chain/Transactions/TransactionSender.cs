using Market.Chain.Contracts;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Ethereum.Signing;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Chain.Transactions;

/// <summary>What sending would do, without signing anything.</summary>
/// <param name="Error">Why it would revert; null if it would not.</param>
/// <param name="Gas">The limit that would be set.</param>
/// <param name="MaxFee">Most wei that the gas can cost.</param>
public sealed record SendEstimate(MarketError? Error, ulong Gas, UInt128 MaxFee);

/// <summary>
/// Sends the transactions of one account. Use one sender per key and process: it hands out nonces one by one, tries each
/// call first so that refusals cost nothing, hands transactions in again until a block holds them, and tells a mined
/// revert from a refusal. Safe for concurrent use.
/// </summary>
public sealed class TransactionSender(EthereumClient client, EthereumKey key, ulong chainId, SenderOptions options, TimeProvider time) : IDisposable
{
    private const int SendTries = 5;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly SortedDictionary<ulong, SignedTransaction> _waiting = [];

    /// <summary>The account.</summary>
    public Address Account => key.Address;

    /// <summary>The key, for signatures that are not transactions.</summary>
    public EthereumKey Key => key;

    /// <summary>Calls a contract and waits for a block.</summary>
    /// <exception cref="RpcUnreachableException">The endpoint did not answer before anything was sent.</exception>
    /// <exception cref="JsonRpcException">The endpoint refused for a reason that is not the transaction's.</exception>
    public Task<SendOutcome> SendAsync<TFunction>(Address contract, TFunction call, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction> =>
        SendAsync(new CallRequest(Account, contract, AbiCodec.EncodeCall(call)), cancel);

    /// <summary>Sends a call, or wei, and waits for a block.</summary>
    /// <inheritdoc cref="SendAsync{TFunction}"/>
    public async Task<SendOutcome> SendAsync(CallRequest call, CancellationToken cancel)
    {
        call = call with { From = Account };
        SignedTransaction transaction;
        await _gate.WaitAsync(cancel);
        try
        {
            var (error, gas) = await TryAsync(call, cancel);
            if (error is not null) return new SendOutcome.Refused(error);
            var (sent, failure) = await SubmitAsync(call, gas, cancel);
            if (failure is not null) return failure;
            transaction = sent!;
        }
        finally
        {
            _gate.Release();
        }

        return await new InclusionWait(client, this, call, transaction, options, time).RunAsync(cancel);
    }

    /// <summary>What <see cref="SendAsync{TFunction}"/> would do; nothing is signed.</summary>
    public async Task<SendEstimate> EstimateAsync<TFunction>(Address contract, TFunction call, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction>
    {
        await _gate.WaitAsync(cancel);
        try
        {
            var (error, gas) = await TryAsync(new CallRequest(Account, contract, AbiCodec.EncodeCall(call)), cancel);
            if (error is not null) return new SendEstimate(error, 0, 0);
            var fees = await FeePlan.EstimateAsync(client, options, cancel);
            return new SendEstimate(null, gas, gas * fees.Max);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// Hands a waiting transaction in again, for a higher fee if blocks have become dearer. <paramref name="signed"/> learns of
    /// every form before it leaves, since a broken connection does not tell which form arrived.
    /// </summary>
    internal async Task ResendAsync(SignedTransaction transaction, Action<SignedTransaction> signed, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            var fees = await FeePlan.EstimateAsync(client, options, cancel);
            var outgrown = fees.Outgrew(transaction.Transaction) && transaction.Transaction.MaxFeePerGas < options.MaxFee;
            var next = outgrown ? fees.Replace(transaction.Transaction).Sign(key) : transaction;
            if (outgrown)
            {
                signed(next);
                _waiting[next.Transaction.Nonce] = next;
            }

            await client.SendAsync(next, cancel);
        }
        catch (JsonRpcException)
        {
            // Known already, mined meanwhile, or refused: the receipts and the nonce will tell.
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<(MarketError? Error, ulong Gas)> TryAsync(CallRequest call, CancellationToken cancel)
    {
        // Behind a transaction that waits, the newest block's state is not the one this call will meet.
        var block = _waiting.Count == 0 ? BlockTag.Latest : BlockTag.Pending;
        var outcome = await client.CallAsync(call, block, cancel);
        if (!outcome.Succeeded) return (MarketError.Decode(outcome.Reverted ?? default, outcome.Reason), 0);
        try
        {
            var estimate = await client.EstimateGasAsync(call, cancel);
            return (null, checked(estimate + (estimate * (ulong)options.GasMarginPercent / 100)));
        }
        catch (JsonRpcException e) when (e.IsRevert)
        {
            return (MarketError.Decode(e.RevertData ?? default, e.Reason), 0);
        }
    }

    private async Task<(SignedTransaction? Sent, SendOutcome? Failure)> SubmitAsync(CallRequest call, ulong gas, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var fees = await FeePlan.EstimateAsync(client, options, cancel);
            var nonce = await NextNonceAsync(cancel);
            var transaction = new Eip1559Transaction(chainId, nonce, fees.Priority, fees.Max, gas, call.To, (System.Numerics.BigInteger)call.Value, call.Data).Sign(key);
            _waiting[nonce] = transaction;
            try
            {
                await client.SendAsync(transaction, cancel);
                return (transaction, null);
            }
            catch (RpcUnreachableException)
            {
                // It may have arrived: wait for its receipt, which also hands it in again.
                return (transaction, null);
            }
            catch (JsonRpcException e)
            {
                var answer = PoolAnswers.Read(e);
                if (answer is PoolAnswer.AlreadyKnown or PoolAnswer.MinedAndReverted) return (transaction, null);
                _waiting.Remove(nonce);
                if (answer == PoolAnswer.Unfunded)
                {
                    return (null, new SendOutcome.Unfunded(await client.BalanceAsync(Account, cancel), (gas * fees.Max) + call.Value));
                }

                // Somebody else uses this key too; the next nonce is likely free.
                if (answer is not (PoolAnswer.NonceTooLow or PoolAnswer.Underpriced) || tries == SendTries) throw;
                await Task.Delay(options.PollInterval, time, cancel);
            }
        }
    }

    private async Task<ulong> NextNonceAsync(CancellationToken cancel)
    {
        var mined = await client.NonceAsync(Account, BlockTag.Latest, cancel);
        while (_waiting.Count > 0 && _waiting.First().Key < mined) _waiting.Remove(_waiting.First().Key);

        var next = Math.Max(mined, await client.NonceAsync(Account, BlockTag.Pending, cancel));

        // A pool may have lost transactions of ours; a later nonce would then wait for ever.
        foreach (var (nonce, transaction) in _waiting.ToList())
        {
            if (nonce != next) continue;
            try
            {
                await client.SendAsync(transaction, cancel);
            }
            catch (JsonRpcException e) when (PoolAnswers.Read(e) == PoolAnswer.AlreadyKnown)
            {
                // Not lost after all.
            }

            next++;
        }

        return next;
    }
}
