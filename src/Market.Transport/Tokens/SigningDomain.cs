using System.Collections.Immutable;
using Market.Ethereum.TypedData;
using Market.Hashing;

namespace Market.Transport.Tokens;

/// <summary>
/// The EIP-712 domain of what peers sign to one another: name "market.transport", version "1", the chain and the market
/// contract. What is signed for one deployment means nothing in another.
/// </summary>
public sealed class SigningDomain
{
    private readonly Hash256 _separator;

    /// <summary>The domain of the market contract at <paramref name="market"/> on chain <paramref name="chainId"/>.</summary>
    public SigningDomain(ulong chainId, Address market) =>
        _separator = new TypedDataDomain("market.transport", "1", chainId, market).Separator();

    /// <summary>The digest of a struct, its members given by value in the order of its type.</summary>
    internal Hash256 Digest(TypedStruct type, params ReadOnlySpan<object> values) => type.Message(_separator, values).Hash();
}

/// <summary>One flat EIP-712 struct type.</summary>
internal sealed class TypedStruct(string name, params (string Type, string Name)[] members)
{
    private readonly TypedSchema _schema =
        new([new(name, [.. members.Select(m => new TypedMember(m.Name, m.Type))])]);

    public TypedMessage Message(Hash256 domainSeparator, ReadOnlySpan<object> values)
    {
        var byName = ImmutableDictionary.CreateBuilder<string, object>();
        for (var i = 0; i < members.Length; i++) byName.Add(members[i].Name, values[i]);
        return new TypedMessage(domainSeparator, _schema.HashStruct(name, byName.ToImmutable()));
    }
}
