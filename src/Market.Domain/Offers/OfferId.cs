using Market.Hashing;

namespace Market.Domain.Offers;

/// <summary>Key of an offer: the hash of chain, market contract and terms. Never a counter, so a reorg cannot move it.</summary>
public readonly record struct OfferId(Hash256 Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
