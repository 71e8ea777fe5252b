using System.Collections.Immutable;
using System.Numerics;
using Market.Hashing;

namespace Market.Ethereum.TypedData;

/// <summary>Where a signature is valid: only the members that are set count. Source: EIP-712, "Definition of domainSeparator".</summary>
public sealed record TypedDataDomain(
    string? Name = null, string? Version = null, BigInteger? ChainId = null, Address? VerifyingContract = null, Hash256? Salt = null)
{
    internal const string TypeName = "EIP712Domain";

    /// <summary>The domain separator.</summary>
    public Hash256 Separator()
    {
        var members = ImmutableArray.CreateBuilder<TypedMember>();
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        Add("name", "string", Name);
        Add("version", "string", Version);
        Add("chainId", "uint256", ChainId);
        Add("verifyingContract", "address", VerifyingContract);
        Add("salt", "bytes32", Salt);
        return new TypedSchema([new(TypeName, members.ToImmutable())]).HashStruct(TypeName, values);

        void Add(string name, string type, object? value)
        {
            if (value is null) return;
            members.Add(new TypedMember(name, type));
            values.Add(name, value);
        }
    }
}
