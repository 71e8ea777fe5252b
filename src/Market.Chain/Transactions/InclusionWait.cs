using Market.Chain.Contracts;
using Market.Ethereum.Rpc;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Chain.Transactions;

/// <summary>Waits until a block holds one of the forms of a transaction.</summary>
internal sealed class InclusionWait(
    EthereumClient client, TransactionSender sender, CallRequest call, SignedTransaction transaction, SenderOptions options, TimeProvider time)
{
    private readonly List<Hash256> _hashes = [transaction.Hash];
    private SignedTransaction _current = transaction;

    public async Task<SendOutcome> RunAsync(CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var lastSent = started;
        var resends = 0;
        while (true)
        {
            try
            {
                if (await FindAsync(cancel) is { } receipt) return await FinishAsync(receipt, cancel);
                if (time.GetElapsedTime(started) >= options.InclusionTimeout) return new SendOutcome.Late(_current.Hash);
                if (time.GetElapsedTime(lastSent) >= options.ResendAfter)
                {
                    lastSent = time.GetTimestamp();
                    if (await IsDisplacedAsync(cancel)) return new SendOutcome.Displaced(_current.Transaction.Nonce);
                    await sender.ResendAsync(_current, ++resends % (options.StuckAfterResends + 1) == 0, AddForm, cancel);
                }
            }
            catch (RpcUnreachableException) when (time.GetElapsedTime(started) < options.InclusionTimeout)
            {
                // The transaction is out; only the time limit ends the wait.
            }

            await Task.Delay(options.PollInterval, time, cancel);
        }
    }

    private void AddForm(SignedTransaction form)
    {
        _hashes.Add(form.Hash);
        _current = form;
    }

    private async Task<TransactionReceipt?> FindAsync(CancellationToken cancel)
    {
        foreach (var hash in Enumerable.Reverse(_hashes))
        {
            if (await client.ReceiptAsync(hash, cancel) is { } receipt) return receipt;
        }

        return null;
    }

    // The order matters: a receipt that appears after the nonce was read would otherwise be missed.
    private async Task<bool> IsDisplacedAsync(CancellationToken cancel) =>
        await client.NonceAsync(sender.Account, BlockTag.Latest, cancel) > _current.Transaction.Nonce && await FindAsync(cancel) is null;

    private async Task<SendOutcome> FinishAsync(TransactionReceipt receipt, CancellationToken cancel)
    {
        if (receipt.Succeeded) return new SendOutcome.Mined(receipt);
        var again = await client.CallAsync(call, BlockTag.Number(receipt.BlockNumber), cancel);
        return new SendOutcome.Reverted(receipt, again.Succeeded ? null : MarketError.Decode(again.Reverted ?? default, again.Reason));
    }
}
