using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Ethereum.TypedData;

/// <summary>A struct value that can be signed under EIP-712.</summary>
/// <param name="DomainSeparator">See <see cref="TypedDataDomain.Separator"/>.</param>
/// <param name="StructHash">See <see cref="TypedSchema.HashStruct"/>.</param>
public sealed record TypedMessage(Hash256 DomainSeparator, Hash256 StructHash)
{
    /// <summary>The digest to sign: keccak(0x19 ‖ 0x01 ‖ domainSeparator ‖ hashStruct(message)).</summary>
    public Hash256 Hash() => Keccak256.Hash([0x19, 0x01, .. DomainSeparator.ToArray(), .. StructHash.ToArray()]);

    /// <summary>Signs it.</summary>
    public EcdsaSignature Sign(EthereumKey key) => key.Sign(Hash());
}
