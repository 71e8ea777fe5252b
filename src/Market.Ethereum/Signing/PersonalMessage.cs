using System.Globalization;
using System.Text;
using Market.Hashing;

namespace Market.Ethereum.Signing;

/// <summary>Messages signed under EIP-191, version 0x45 (<c>personal_sign</c>): never valid as a transaction.</summary>
public static class PersonalMessage
{
    /// <summary>The digest to sign.</summary>
    public static Hash256 Hash(ReadOnlySpan<byte> message)
    {
        var prefix = Encoding.ASCII.GetBytes($"\u0019Ethereum Signed Message:\n{message.Length.ToString(CultureInfo.InvariantCulture)}");
        return Keccak256.Hash([.. prefix, .. message]);
    }

    /// <summary>Signs <paramref name="message"/>.</summary>
    public static EcdsaSignature Sign(EthereumKey key, ReadOnlySpan<byte> message) => key.Sign(Hash(message));
}
