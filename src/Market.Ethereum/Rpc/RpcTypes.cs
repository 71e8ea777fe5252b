using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Ethereum.Rpc;

/// <summary>A block without its transactions.</summary>
/// <param name="Number">Height.</param>
/// <param name="Hash">Its name.</param>
/// <param name="ParentHash">Name of the block below.</param>
/// <param name="Timestamp">Unix seconds.</param>
/// <param name="GasLimit">Most gas in the block.</param>
/// <param name="BaseFeePerGas">Wei; null before London.</param>
public sealed record BlockHeader(
    [property: JsonRequired] ulong Number,
    [property: JsonRequired] Hash256 Hash,
    [property: JsonRequired] Hash256 ParentHash,
    [property: JsonRequired] ulong Timestamp,
    [property: JsonRequired] ulong GasLimit,
    UInt128? BaseFeePerGas);

/// <summary>An event as a contract emitted it.</summary>
public sealed record LogEntry(
    [property: JsonRequired] Address Address,
    [property: JsonRequired] ImmutableArray<Hash256> Topics,
    [property: JsonRequired] HexBytes Data,
    [property: JsonRequired] ulong BlockNumber,
    [property: JsonRequired] Hash256 BlockHash,
    [property: JsonRequired] Hash256 TransactionHash,
    [property: JsonRequired] ulong LogIndex,
    bool Removed = false);

/// <summary>What became of a transaction that a block holds: status 1 if it took effect, 0 if it reverted; the price in wei per gas.</summary>
public sealed record TransactionReceipt(
    [property: JsonRequired] Hash256 TransactionHash,
    [property: JsonRequired] ulong BlockNumber,
    [property: JsonRequired] Hash256 BlockHash,
    [property: JsonRequired] Address From,
    Address? To,
    Address? ContractAddress,
    [property: JsonRequired] ulong GasUsed,
    [property: JsonRequired] UInt128 EffectiveGasPrice,
    [property: JsonRequired] ulong Status,
    [property: JsonRequired] ImmutableArray<LogEntry> Logs)
{
    /// <summary>Whether it took effect.</summary>
    [JsonIgnore]
    public bool Succeeded => Status == 1;

    /// <summary>Wei paid for gas.</summary>
    [JsonIgnore]
    public UInt128 Fee => GasUsed * EffectiveGasPrice;
}

/// <summary>
/// Fees of recent blocks in wei per gas, oldest first. Base fees are one more than the blocks asked for: the last is the
/// next block's. Rewards are priority fees per block and percentile asked for.
/// </summary>
public sealed record FeeHistory(
    [property: JsonRequired] ulong OldestBlock,
    [property: JsonRequired] ImmutableArray<UInt128> BaseFeePerGas,
    ImmutableArray<ImmutableArray<UInt128>>? Reward);

/// <summary>A message call that is not a transaction.</summary>
public sealed record CallRequest(Address? From, Address? To, HexBytes Data)
{
    /// <summary>Wei sent along.</summary>
    public UInt128 Value { get; init; }
}

/// <summary>What a call gave: exactly one of the two.</summary>
/// <param name="Returned">Result data.</param>
/// <param name="Reverted">Revert data, empty when the contract gave none.</param>
/// <param name="Reason">The endpoint's words for the revert.</param>
public readonly record struct CallOutcome(HexBytes? Returned, HexBytes? Reverted, string? Reason)
{
    /// <summary>Whether the call returned.</summary>
    public bool Succeeded => Returned is not null;
}

/// <summary>Which logs: those of any of <paramref name="Addresses"/> whose first topic is any of <paramref name="FirstTopics"/> (empty: any).</summary>
public sealed record LogFilter(ulong FromBlock, ulong ToBlock, ImmutableArray<Address> Addresses, ImmutableArray<Hash256> FirstTopics);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(AddressConverter), typeof(HashConverter), typeof(BytesConverter), typeof(UInt64Converter), typeof(UInt128Converter)])]
[JsonSerializable(typeof(BlockHeader))]
[JsonSerializable(typeof(BlockTransactions))]
[JsonSerializable(typeof(ImmutableArray<LogEntry>))]
[JsonSerializable(typeof(TransactionReceipt))]
[JsonSerializable(typeof(FeeHistory))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(UInt128))]
[JsonSerializable(typeof(Hash256))]
[JsonSerializable(typeof(HexBytes))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
internal sealed partial class RpcJson : JsonSerializerContext;
