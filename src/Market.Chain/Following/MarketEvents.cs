using Market.Chain.Generated.CapabilityRegistry;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Generated.DisputeGame;
using Market.Chain.Generated.JobManager;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Chain.Following;

/// <summary>The events of the market's own contracts.</summary>
public static class MarketEvents
{
    /// <summary>All of them.</summary>
    public static AbiEventSet Set { get; } =
        JobManagerMessages.AddEvents(DisputeGameMessages.AddEvents(CapabilityRegistryMessages.AddEvents(ComputeMarketMessages.AddEvents(new AbiEventSet()))));

    /// <summary>The events of type <typeparamref name="T"/> that <paramref name="contract"/> emitted in a transaction, in order.</summary>
    public static IReadOnlyList<T> Of<T>(this TransactionReceipt receipt, Address contract)
        where T : class =>
        [.. receipt.Logs.Where(l => l.Address == contract).Select(l => Set.TryDecode(l.Topics, l.Data.Memory, out var e) ? e as T : null).OfType<T>()];
}
