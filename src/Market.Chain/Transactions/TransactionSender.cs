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
/// revert from a refusal. What is signed is kept before it leaves, so a restarted process hands the same bytes in again
/// rather than the same call under another nonce. Safe for concurrent use.
/// </summary>
public sealed class TransactionSender(EthereumClient client, EthereumKey key, ulong chainId, SenderOptions options, IPendingStore pending, TimeProvider time) : IDisposable
{
    private const int SendTries = 5;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly SortedDictionary<ulong, SignedTransaction> _waiting = [];
    private bool _recovered;

    /// <summary>The account.</summary>
    public Address Account => key.Address;

    /// <summary>The key, for signatures that are not transactions.</summary>
    public EthereumKey Key => key;

    /// <summary>Told of every transaction when it is over: the contract's function (<c>transfer</c> for plain wei) and what became of it.</summary>
    public event Action<string, SendOutcome>? Sent;

    /// <summary>Calls a contract and waits for a block.</summary>
    /// <exception cref="RpcUnreachableException">The endpoint did not answer before anything was sent.</exception>
    /// <exception cref="JsonRpcException">The endpoint refused for a reason that is not the transaction's.</exception>
    public Task<SendOutcome> SendAsync<TFunction>(Address contract, TFunction call, CancellationToken cancel)
        where TFunction : IAbiFunction<TFunction> =>
        SendAsync(TFunction.Name, new CallRequest(Account, contract, AbiCodec.EncodeCall(call)), cancel);

    /// <summary>Sends a call, or wei, and waits for a block.</summary>
    /// <inheritdoc cref="SendAsync{TFunction}"/>
    public Task<SendOutcome> SendAsync(CallRequest call, CancellationToken cancel) => SendAsync("transfer", call, cancel);

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
    /// Hands a waiting transaction in again, and before it those of lower nonces, without which it cannot be mined. Each for
    /// a higher fee if blocks have become dearer, or if it is stuck. <paramref name="signed"/> learns of every form of this
    /// one before it leaves, since a broken connection does not tell which form arrived.
    /// </summary>
    /// <param name="transaction">Its newest form.</param>
    /// <param name="stuck">Whether it waited so long that its priority, rather than the base fee, must be what keeps it out.</param>
    /// <param name="signed">Told of each new form.</param>
    /// <param name="cancel">Stops.</param>
    internal async Task ResendAsync(SignedTransaction transaction, bool stuck, Action<SignedTransaction> signed, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            var fees = await FeePlan.EstimateAsync(client, options, cancel);
            var nonce = transaction.Transaction.Nonce;
            await ForgetMinedAsync(cancel);
            foreach (var earlier in _waiting.Where(w => w.Key < nonce).Select(w => w.Value).ToList()) await ResendOneAsync(earlier, fees, stuck, null, cancel);
            await ResendOneAsync(transaction, fees, stuck, signed, cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<SendOutcome> SendAsync(string kind, CallRequest call, CancellationToken cancel)
    {
        using var span = TransactionTrace.Start(kind, Account);
        var outcome = await SendQuietlyAsync(call, cancel);
        TransactionTrace.End(span, outcome);
        Sent?.Invoke(kind, outcome);
        return outcome;
    }

    private async Task<SendOutcome> SendQuietlyAsync(CallRequest call, CancellationToken cancel)
    {
        call = call with { From = Account };
        SignedTransaction transaction;
        await _gate.WaitAsync(cancel);
        try
        {
            await RecoverAsync(cancel);
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
            Keep(transaction);
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
                Forget(nonce);
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
        var mined = await ForgetMinedAsync(cancel);
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

    // Once, before the first transaction of this process: what an earlier one signed is waited for like our own.
    private async Task RecoverAsync(CancellationToken cancel)
    {
        if (_recovered) return;
        foreach (var kept in pending.Load(Account).Where(t => t.Transaction.ChainId == chainId)) _waiting[kept.Transaction.Nonce] = kept;
        await ForgetMinedAsync(cancel);
        if (_waiting.Count > 0)
        {
            var fees = await FeePlan.EstimateAsync(client, options, cancel);
            foreach (var waiting in _waiting.Values.ToList()) await ResendOneAsync(waiting, fees, stuck: false, null, cancel);
        }

        _recovered = true;
    }

    private async Task ResendOneAsync(SignedTransaction transaction, FeePlan fees, bool stuck, Action<SignedTransaction>? signed, CancellationToken cancel)
    {
        var dearer = (stuck || fees.Outgrew(transaction.Transaction)) && transaction.Transaction.MaxFeePerGas < options.MaxFee;
        var next = dearer ? fees.Replace(transaction.Transaction).Sign(key) : transaction;
        if (dearer)
        {
            signed?.Invoke(next);
            Keep(next);
        }

        try
        {
            await client.SendAsync(next, cancel);
        }
        catch (JsonRpcException)
        {
            // Known already, mined meanwhile, or refused: the receipts and the nonce will tell.
        }
    }

    private async Task<ulong> ForgetMinedAsync(CancellationToken cancel)
    {
        var mined = await client.NonceAsync(Account, BlockTag.Latest, cancel);
        while (_waiting.Count > 0 && _waiting.First().Key < mined) Forget(_waiting.First().Key);
        return mined;
    }

    private void Keep(SignedTransaction transaction)
    {
        pending.Save(transaction);
        _waiting[transaction.Transaction.Nonce] = transaction;
    }

    private void Forget(ulong nonce)
    {
        _waiting.Remove(nonce);
        pending.Forget(Account, nonce);
    }
}
