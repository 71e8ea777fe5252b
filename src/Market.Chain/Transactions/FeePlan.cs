using Market.Ethereum.Rpc;
using Market.Ethereum.Transactions;

namespace Market.Chain.Transactions;

/// <summary>Fees in wei per gas.</summary>
/// <param name="BaseFee">The next block's base fee.</param>
/// <param name="Priority">Offered to the proposer.</param>
/// <param name="Max">Most paid in all.</param>
internal readonly record struct FeePlan(UInt128 BaseFee, UInt128 Priority, UInt128 Max)
{
    private const int Blocks = 10;
    private const int Percentile = 50;

    /// <summary>From recent blocks: their median priority fee, and room for the base fee to double (six full blocks).</summary>
    public static async Task<FeePlan> EstimateAsync(EthereumClient client, SenderOptions options, CancellationToken cancel)
    {
        var history = await client.FeeHistoryAsync(Blocks, Percentile, cancel);
        var baseFee = history.BaseFeePerGas.IsEmpty ? 0 : history.BaseFeePerGas[^1];
        var rewards = (history.Reward ?? []).Where(r => r.Length > 0 && r[0] > 0).Select(r => r[0]).Order().ToList();
        var priority = UInt128.Max(rewards.Count == 0 ? 0 : rewards[rewards.Count / 2], options.MinPriorityFee);
        var max = UInt128.Min((2 * baseFee) + priority, UInt128.Max(options.MaxFee, 1));
        return new FeePlan(baseFee, UInt128.Min(priority, max), max);
    }

    /// <summary>Whether blocks have become too dear for <paramref name="transaction"/>.</summary>
    public bool Outgrew(Eip1559Transaction transaction) => BaseFee + Priority > transaction.MaxFeePerGas;

    /// <summary>The same transaction with fees that replace it: pools ask for at least a tenth more of both.</summary>
    public Eip1559Transaction Replace(Eip1559Transaction transaction) => transaction with
    {
        MaxFeePerGas = UInt128.Max(Max, Raised(transaction.MaxFeePerGas)),
        MaxPriorityFeePerGas = UInt128.Max(Priority, Raised(transaction.MaxPriorityFeePerGas)),
    };

    private static UInt128 Raised(UInt128 fee) => fee + (fee / 8) + 1;
}
