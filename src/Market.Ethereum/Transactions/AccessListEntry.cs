using System.Collections.Immutable;
using Market.Hashing;

namespace Market.Ethereum.Transactions;

/// <summary>Storage that a transaction announces it will touch (EIP-2930).</summary>
public sealed record AccessListEntry(Address Address, ImmutableArray<Hash256> StorageKeys);
