using System.Security.Cryptography;
using Market.Hashing;
using BigInteger = Org.BouncyCastle.Math.BigInteger;

namespace Market.Ethereum.Signing;

/// <summary>A private key. It never prints itself: text and logs show the address.</summary>
public sealed class EthereumKey
{
    /// <summary>Bytes in a private key.</summary>
    public const int Size = 32;

    private readonly BigInteger _secret;

    /// <summary>Takes the 32 bytes of a private key.</summary>
    /// <exception cref="ArgumentException">They are zero, not below the curve's order, or not 32.</exception>
    public EthereumKey(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Size) throw new ArgumentException($"a private key is {Size} bytes", nameof(secret));
        _secret = new BigInteger(1, secret);
        if (!Secp256k1.IsPrivateKey(_secret)) throw new ArgumentException("the number is no private key of the curve", nameof(secret));
        PublicKey = HexBytes.Wrap(Secp256k1.PublicKey(_secret));
        Address = AddressOf(PublicKey.Span);
    }

    /// <summary>The account of this key.</summary>
    public Address Address { get; }

    /// <summary>x ‖ y, 64 bytes.</summary>
    public HexBytes PublicKey { get; }

    /// <summary>A new key from <paramref name="random"/>.</summary>
    public static EthereumKey Generate(RandomNumberGenerator random)
    {
        var secret = new byte[Size];
        try
        {
            // One try in 2^127 fails.
            do random.GetBytes(secret);
            while (!Secp256k1.IsPrivateKey(new BigInteger(1, secret)));
            return new EthereumKey(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Signs a digest, always the same way (RFC 6979).</summary>
    public EcdsaSignature Sign(Hash256 digest) => Secp256k1.Sign(_secret, digest);

    /// <summary>The secret's 32 bytes, for an encrypted store only; whoever asks must zero them.</summary>
    public byte[] ExportSecret() => Secp256k1.ToHash(_secret).ToArray();

    /// <summary>The address.</summary>
    public override string ToString() => Address.ToString();

    /// <summary>The last 20 bytes of the hash of x ‖ y.</summary>
    internal static Address AddressOf(ReadOnlySpan<byte> publicKey) => new(Keccak256.Hash(publicKey).ToArray().AsSpan(12));
}
