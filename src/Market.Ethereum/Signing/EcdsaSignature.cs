using System.Diagnostics.CodeAnalysis;
using Market.Hashing;

namespace Market.Ethereum.Signing;

/// <summary>A secp256k1 signature with what recovers its key.</summary>
/// <param name="R">The x coordinate of the nonce's point.</param>
/// <param name="S">Always in the lower half of the order (EIP-2).</param>
/// <param name="IsOdd">Whether that point's y is odd: yParity.</param>
public readonly record struct EcdsaSignature(Hash256 R, Hash256 S, bool IsOdd)
{
    /// <summary>Bytes in r ‖ s ‖ v.</summary>
    public const int Size = 65;

    /// <summary>r ‖ s ‖ v with v 27 or 28: what <c>ecrecover</c> and wallets take.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        R.CopyTo(bytes);
        S.CopyTo(bytes.AsSpan(Hash256.Size));
        bytes[Size - 1] = IsOdd ? (byte)28 : (byte)27;
        return bytes;
    }

    /// <summary>Reads r ‖ s ‖ v with v 27 or 28.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EcdsaSignature signature)
    {
        signature = default;
        if (bytes.Length != Size || bytes[Size - 1] is not (27 or 28)) return false;
        signature = new(new Hash256(bytes[..32]), new Hash256(bytes[32..64]), bytes[64] == 28);
        return true;
    }

    /// <summary>The account whose key signed <paramref name="digest"/>; false for a signature that no key makes.</summary>
    public bool TryRecover(Hash256 digest, [NotNullWhen(true)] out Address? signer)
    {
        var key = Secp256k1.Recover(this, digest);
        signer = key is null ? null : EthereumKey.AddressOf(key);
        return key is not null;
    }
}
