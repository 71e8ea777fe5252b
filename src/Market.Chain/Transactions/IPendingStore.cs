using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Chain.Transactions;

/// <summary>
/// Signed transactions that no block is known to hold. Kept over a crash they tell a restarted program what it had sent:
/// it sends the same bytes again instead of the same call under another nonce.
/// </summary>
public interface IPendingStore
{
    /// <summary>All kept transactions of an account, in no order.</summary>
    IReadOnlyList<SignedTransaction> Load(Address account);

    /// <summary>Keeps one, in place of one with the same sender and nonce; durable when it returns.</summary>
    void Save(SignedTransaction transaction);

    /// <summary>Forgets one.</summary>
    void Forget(Address account, ulong nonce);
}

/// <summary>Keeps nothing: for programs that end with what they sent.</summary>
public sealed class NoPendingStore : IPendingStore
{
    /// <inheritdoc/>
    public IReadOnlyList<SignedTransaction> Load(Address account) => [];

    /// <inheritdoc/>
    public void Save(SignedTransaction transaction)
    {
    }

    /// <inheritdoc/>
    public void Forget(Address account, ulong nonce)
    {
    }
}
