using System.Collections.Immutable;
using Market.Chain.Following;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Ethereum.Abi;
using Market.Ethereum.Rpc;
using Market.Hashing;

namespace Market.Client.Verifying;

/// <summary>
/// Compares receipts with what a chain's endpoint says of their leases. It starts from the transactions that the receipts
/// name, so it needs neither a profile nor the market's history.
/// </summary>
public sealed class ChainEvidence(EthereumClient client, FollowerOptions options)
{
    private static readonly ImmutableArray<Hash256> Endings = [AbiEventSet.TopicOf<SettledEvent>()];

    /// <summary>Every way in which the chain and the receipts differ, and how many leases were looked up.</summary>
    /// <exception cref="RpcUnreachableException">The endpoint does not answer.</exception>
    /// <exception cref="JsonRpcException">The endpoint refuses.</exception>
    public async Task<(int Leases, ImmutableArray<VerificationFault> Faults)> CheckAsync(IReadOnlyCollection<Receipt> receipts, CancellationToken cancel)
    {
        var faults = ImmutableArray.CreateBuilder<VerificationFault>();
        var chain = await client.ChainIdAsync(cancel);
        if (receipts.FirstOrDefault(r => r.ChainId != chain) is { } stranger)
        {
            faults.Add(new VerificationFault(VerificationFaultKind.Chain, null, $"the receipts are of chain {stranger.ChainId}, and {client.Rpc.Endpoint} is chain {chain}"));
            return (0, faults.ToImmutable());
        }

        var leases = receipts.GroupBy(r => (r.Market, Key: r.Lease.Key(), r.CommitTransaction, r.ResultRoot)).ToList();
        var open = new Dictionary<LeaseKey, Ending>();
        var from = ulong.MaxValue;
        foreach (var lease in leases)
        {
            var (market, key, transaction, root) = lease.Key;
            var receipt = await client.ReceiptAsync(transaction, cancel);
            if (receipt is not { Succeeded: true } || !receipt.Of<CommittedEvent>(market).Any(e => e.LeaseKey == key.Value && e.ResultRoot == root))
            {
                faults.AddRange(lease.Select(r => Fault(r, $"transaction {transaction} did not commit this result for its lease")));
                continue;
            }

            open[key] = new Ending();
            from = Math.Min(from, receipt.BlockNumber);
        }

        await ReadEndingsAsync([.. receipts.Select(r => r.Market).Distinct()], open, from, cancel);
        faults.AddRange(receipts.Where(r => open.ContainsKey(r.Lease.Key())).SelectMany(r => Compare(r, open[r.Lease.Key()])));
        return (leases.Count, faults.ToImmutable());
    }

    private static IEnumerable<VerificationFault> Compare(Receipt receipt, Ending ending)
    {
        if (ending.Paid is not { } paid)
        {
            yield return Fault(receipt, "its lease was not settled");
            yield break;
        }

        if (paid != receipt.LeasePaid) yield return Fault(receipt, "its lease was paid another amount");
        var state = ending.Accepted && receipt.Terms.Verdict != Verdict.Trusted ? ReceiptState.Accepted : ReceiptState.Final;
        if (state != receipt.State) yield return Fault(receipt, $"its result is {state}, not {receipt.State}".ToLowerInvariant());
    }

    // A lease is settled soon after its window, so the search ends long before the head on all but the youngest receipts.
    private async Task ReadEndingsAsync(ImmutableArray<Address> markets, Dictionary<LeaseKey, Ending> open, ulong from, CancellationToken cancel)
    {
        var head = await client.BlockNumberAsync(cancel);
        while (from <= head && open.Values.Any(ending => ending.Paid is null))
        {
            var to = Math.Min(head, from + options.MaxRange - 1);
            foreach (var log in await client.LogsAsync(new LogFilter(from, to, markets, Endings), cancel))
            {
                if (!MarketEvents.Set.TryDecode(log.Topics, log.Data.Memory, out var message)) continue;
                if (message is SettledEvent settled && open.TryGetValue(new LeaseKey(settled.LeaseKey), out var ending))
                {
                    (ending.Paid, ending.Accepted) = (new Amount(settled.Paid), settled.Accepted);
                }
            }

            from = to + 1;
        }
    }

    private static VerificationFault Fault(Receipt receipt, string message) => new(VerificationFaultKind.Chain, receipt.Tasklet, message);

    private sealed class Ending
    {
        public Amount? Paid { get; set; }

        public bool Accepted { get; set; }
    }
}
