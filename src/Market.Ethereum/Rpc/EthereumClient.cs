using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Ethereum.Rpc;

/// <summary>
/// The Ethereum methods that the market uses. Every method throws <see cref="JsonRpcException"/> for what the endpoint
/// refuses and <see cref="RpcUnreachableException"/> when it does not answer.
/// </summary>
public sealed class EthereumClient(IJsonRpc rpc) : IDisposable
{
    /// <summary>Connects to <paramref name="endpoint"/>.</summary>
    public EthereumClient(Uri endpoint, TimeProvider time)
        : this(new JsonRpcClient(endpoint, new JsonRpcOptions(), time))
    {
    }

    /// <summary>The connection below.</summary>
    public IJsonRpc Rpc => rpc;

    /// <summary>The chain's id.</summary>
    public Task<ulong> ChainIdAsync(CancellationToken cancel) => rpc.CallAsync("eth_chainId", [], RpcJson.Default.UInt64, cancel);

    /// <summary>Height of the newest block.</summary>
    public Task<ulong> BlockNumberAsync(CancellationToken cancel) => rpc.CallAsync("eth_blockNumber", [], RpcJson.Default.UInt64, cancel);

    /// <summary>A block by height, or null if there is none yet.</summary>
    public Task<BlockHeader?> BlockAsync(BlockTag block, CancellationToken cancel) =>
        rpc.CallAsync("eth_getBlockByNumber", [block.ToString(), false], RpcJson.Default.BlockHeader, cancel);

    /// <summary>A block by hash, or null if the endpoint does not know it.</summary>
    public Task<BlockHeader?> BlockAsync(Hash256 hash, CancellationToken cancel) =>
        rpc.CallAsync("eth_getBlockByHash", [hash.ToString(), false], RpcJson.Default.BlockHeader, cancel);

    /// <summary>A contract's code; empty where there is none.</summary>
    public Task<HexBytes> CodeAsync(Address address, CancellationToken cancel) =>
        rpc.CallAsync("eth_getCode", [address.ToString(), "latest"], RpcJson.Default.HexBytes, cancel);

    /// <summary>An account's wei.</summary>
    public Task<UInt128> BalanceAsync(Address address, CancellationToken cancel) =>
        rpc.CallAsync("eth_getBalance", [address.ToString(), "latest"], RpcJson.Default.UInt128, cancel);

    /// <summary>How many transactions an account has sent; with <see cref="BlockTag.Pending"/>, waiting ones too.</summary>
    public Task<ulong> NonceAsync(Address address, BlockTag block, CancellationToken cancel) =>
        rpc.CallAsync("eth_getTransactionCount", [address.ToString(), block.ToString()], RpcJson.Default.UInt64, cancel);

    /// <summary>Runs a call without a transaction; a revert is an outcome, not an exception.</summary>
    public async Task<CallOutcome> CallAsync(CallRequest call, BlockTag block, CancellationToken cancel)
    {
        try
        {
            return new CallOutcome(await rpc.CallAsync("eth_call", [ToJson(call), block.ToString()], RpcJson.Default.HexBytes, cancel), null, null);
        }
        catch (JsonRpcException e) when (e.IsRevert)
        {
            return new CallOutcome(null, e.RevertData ?? HexBytes.Empty, e.Reason);
        }
    }

    /// <summary>Gas that the call would use as a transaction now.</summary>
    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancel) =>
        rpc.CallAsync("eth_estimateGas", [ToJson(call)], RpcJson.Default.UInt64, cancel);

    /// <summary>Hands in a signed transaction. Its hash names it, so handing it in again is harmless.</summary>
    public Task<Hash256> SendAsync(SignedTransaction transaction, CancellationToken cancel) =>
        rpc.CallAsync("eth_sendRawTransaction", [transaction.Raw.ToString()], RpcJson.Default.Hash256, cancel);

    /// <summary>What became of a transaction, or null while no block holds it.</summary>
    public Task<TransactionReceipt?> ReceiptAsync(Hash256 transaction, CancellationToken cancel) =>
        rpc.CallAsync("eth_getTransactionReceipt", [transaction.ToString()], RpcJson.Default.TransactionReceipt, cancel);

    /// <summary>Whether the endpoint knows the transaction, mined or waiting.</summary>
    public async Task<bool> KnowsTransactionAsync(Hash256 transaction, CancellationToken cancel)
    {
        var found = await rpc.CallAsync("eth_getTransactionByHash", [transaction.ToString()], RpcJson.Default.JsonElement, cancel);
        return found.ValueKind == System.Text.Json.JsonValueKind.Object;
    }

    /// <summary>What a transaction carries: selector and arguments of a call. Null if the endpoint does not know it.</summary>
    public async Task<HexBytes?> InputAsync(Hash256 transaction, CancellationToken cancel)
    {
        var found = await rpc.CallAsync("eth_getTransactionByHash", [transaction.ToString()], RpcJson.Default.JsonElement, cancel);
        return found.ValueKind == System.Text.Json.JsonValueKind.Object && found.TryGetProperty("input", out var input) && input.GetString() is { } text
            ? HexBytes.Parse(text)
            : null;
    }

    /// <summary>Logs in order of emission.</summary>
    public Task<ImmutableArray<LogEntry>> LogsAsync(LogFilter filter, CancellationToken cancel) =>
        rpc.CallAsync(
            "eth_getLogs",
            [
                new JsonObject
                {
                    ["fromBlock"] = RpcQuantity.Format(filter.FromBlock),
                    ["toBlock"] = RpcQuantity.Format(filter.ToBlock),
                    ["address"] = Texts(filter.Addresses),
                    ["topics"] = filter.FirstTopics.IsEmpty ? [] : new JsonArray(Texts(filter.FirstTopics)),
                },
            ],
            RpcJson.Default.ImmutableArrayLogEntry,
            cancel);

    /// <summary>Fees of the newest <paramref name="blocks"/> blocks with the priority fee at <paramref name="percentile"/>.</summary>
    public async Task<FeeHistory> FeeHistoryAsync(int blocks, int percentile, CancellationToken cancel) =>
        await rpc.CallAsync(
            "eth_feeHistory",
            [RpcQuantity.Format((UInt128)blocks), "latest", new JsonArray(percentile)],
            RpcJson.Default.FeeHistory,
            cancel) ?? throw new RpcUnreachableException(rpc.Endpoint, "eth_feeHistory gave nothing");

    /// <inheritdoc/>
    public void Dispose() => rpc.Dispose();

    private static JsonArray Texts<T>(ImmutableArray<T> values)
        where T : struct => [.. values.Select(v => (JsonNode)string.Create(CultureInfo.InvariantCulture, $"{v}"))];

    private static JsonObject ToJson(CallRequest call)
    {
        var json = new JsonObject { ["data"] = call.Data.ToString() };
        if (call.From is { } from) json["from"] = from.ToString();
        if (call.To is { } to) json["to"] = to.ToString();
        if (call.Value != 0) json["value"] = RpcQuantity.Format(call.Value);
        return json;
    }
}
