using System.Collections.Immutable;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Ethereum.Rpc;

/// <summary>What only development chains (Hardhat, anvil) let a client do. None of it may be called twice by accident.</summary>
public sealed class DevChainClient(IJsonRpc rpc)
{
    /// <summary>Whether the endpoint says that it is a development chain, whose money is play money.</summary>
    public async Task<bool> IsDevelopmentAsync(CancellationToken cancel) =>
        await rpc.CallAsync("web3_clientVersion", [], RpcJson.Default.String, cancel) is { } version
        && (version.StartsWith("HardhatNetwork/", StringComparison.Ordinal) || version.StartsWith("anvil/", StringComparison.Ordinal));

    /// <summary>Mines a block now.</summary>
    public Task MineAsync(CancellationToken cancel) => rpc.CallOnceAsync("evm_mine", [], RpcJson.Default.JsonElement, cancel);

    /// <summary>Mines <paramref name="count"/> blocks now.</summary>
    public Task MineAsync(uint count, CancellationToken cancel) =>
        rpc.CallOnceAsync("hardhat_mine", [RpcQuantity.Format(count)], RpcJson.Default.JsonElement, cancel);

    /// <summary>Moves the chain's clock forward; it shows in the next block.</summary>
    public Task IncreaseTimeAsync(ulong seconds, CancellationToken cancel) =>
        rpc.CallOnceAsync("evm_increaseTime", [RpcQuantity.Format(seconds)], RpcJson.Default.JsonElement, cancel);

    /// <summary>Sets the next block's time in unix seconds.</summary>
    public Task SetNextBlockTimestampAsync(ulong unixSeconds, CancellationToken cancel) =>
        rpc.CallOnceAsync("evm_setNextBlockTimestamp", [RpcQuantity.Format(unixSeconds)], RpcJson.Default.JsonElement, cancel);

    /// <summary>Remembers the chain's state; the answer names it.</summary>
    public async Task<string> SnapshotAsync(CancellationToken cancel) =>
        await rpc.CallOnceAsync("evm_snapshot", [], RpcJson.Default.String, cancel) ?? throw new RpcUnreachableException(rpc.Endpoint, "no snapshot");

    /// <summary>Goes back to a snapshot, which is used up: mined on, that is a reorganisation.</summary>
    public Task<bool> RevertAsync(string snapshot, CancellationToken cancel) =>
        rpc.CallOnceAsync("evm_revert", [snapshot], RpcJson.Default.Boolean, cancel);

    /// <summary>The type 2 transactions of a block as their senders signed them, in order: what a pool would still hold were the block gone.</summary>
    /// <exception cref="RpcUnreachableException">A transaction does not have the hash that the chain says.</exception>
    public async Task<ImmutableArray<SignedTransaction>> TransactionsAsync(ulong block, CancellationToken cancel)
    {
        var answer = await rpc.CallAsync("eth_getBlockByNumber", [RpcQuantity.Format(block), true], RpcJson.Default.BlockTransactions, cancel);
        var signed = ImmutableArray.CreateBuilder<SignedTransaction>();
        foreach (var mined in answer?.Transactions ?? [])
        {
            if (mined.Type != Eip1559Transaction.Type) continue;
            var transaction = mined.ToSigned();
            if (transaction.Hash != mined.Hash) throw new RpcUnreachableException(rpc.Endpoint, $"transaction {mined.Hash} reads as {transaction.Hash}");
            signed.Add(transaction);
        }

        return signed.ToImmutable();
    }

    /// <summary>Whether each transaction is mined as it arrives.</summary>
    public Task SetAutomineAsync(bool on, CancellationToken cancel) =>
        rpc.CallOnceAsync("evm_setAutomine", [on], RpcJson.Default.JsonElement, cancel);

    /// <summary>Mines by the clock; zero turns it off. (Hardhat counts milliseconds, anvil seconds.)</summary>
    public Task SetIntervalMiningAsync(ulong milliseconds, CancellationToken cancel) =>
        rpc.CallOnceAsync("evm_setIntervalMining", [milliseconds], RpcJson.Default.JsonElement, cancel);

    /// <summary>Sets an account's wei.</summary>
    public Task SetBalanceAsync(Address account, UInt128 wei, CancellationToken cancel) =>
        rpc.CallOnceAsync("hardhat_setBalance", [account.ToString(), RpcQuantity.Format(wei)], RpcJson.Default.JsonElement, cancel);

    /// <summary>Takes a waiting transaction out of the pool.</summary>
    public Task DropTransactionAsync(Hash256 transaction, CancellationToken cancel) =>
        rpc.CallOnceAsync("hardhat_dropTransaction", [transaction.ToString()], RpcJson.Default.JsonElement, cancel);

    /// <summary>Sends from the chain's first own account, whose key the chain holds: the deployer of a local market.</summary>
    public async Task<Hash256> SendFromFirstAccountAsync(Address to, HexBytes data, CancellationToken cancel)
    {
        var accounts = await rpc.CallAsync("eth_accounts", [], RpcJson.Default.JsonElement, cancel);
        if (accounts is not { ValueKind: System.Text.Json.JsonValueKind.Array } || accounts.GetArrayLength() == 0)
        {
            throw new RpcUnreachableException(rpc.Endpoint, "the chain signs for no account: it is no development chain");
        }

        System.Text.Json.Nodes.JsonObject call = new() { ["from"] = accounts[0].GetString(), ["to"] = to.ToString(), ["data"] = data.ToString() };
        var hash = await rpc.CallOnceAsync("eth_sendTransaction", [call], RpcJson.Default.String, cancel);
        return Hash256.Parse(hash ?? "");
    }
}
