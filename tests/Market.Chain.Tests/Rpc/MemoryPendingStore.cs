using Market.Chain.Transactions;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Chain.Tests.Rpc;

/// <summary>Outlives a sender, as a file outlives a process.</summary>
internal sealed class MemoryPendingStore : IPendingStore
{
    private readonly Dictionary<(Address, ulong), SignedTransaction> _kept = [];

    public IReadOnlyList<SignedTransaction> Load(Address account) => [.. _kept.Where(k => k.Key.Item1 == account).Select(k => k.Value)];

    public void Save(SignedTransaction transaction) => _kept[(transaction.Sender, transaction.Transaction.Nonce)] = transaction;

    public void Forget(Address account, ulong nonce) => _kept.Remove((account, nonce));
}
