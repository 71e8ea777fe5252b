using System.Buffers.Binary;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Transport.Tokens;

/// <summary>
/// Who makes a call: EIP-712 typed data CallToken(string method,uint32 audience,address caller,uint64 expiry,bytes32
/// nonce), signed by the caller. It serves for one call of one method on one device. In metadata it travels as
/// <see cref="Header"/>: caller 20 ‖ expiry 8 (big-endian) ‖ nonce 32 ‖ signature 65.
/// </summary>
/// <param name="Method">Full name of the method, such as /market.blobs.v1.BlobService/GetBlobs.</param>
/// <param name="Audience">The device that is called.</param>
/// <param name="Caller">The account that calls.</param>
/// <param name="Expiry">When the token ends.</param>
/// <param name="Nonce">Tells the caller's tokens apart; used once.</param>
public sealed record CallToken(string Method, DeviceId Audience, Address Caller, UnixTime Expiry, Hash256 Nonce)
{
    /// <summary>Name of the binary metadata entry.</summary>
    public const string Header = "market-token-bin";

    /// <summary>Response header with the time of the node that found a token expired, or too long to live: unix seconds.</summary>
    public const string TimeHeader = "market-time";

    /// <summary>Bytes in the metadata entry.</summary>
    public const int Size = Address.Size + 8 + Hash256.Size + EcdsaSignature.Size;

    private static readonly TypedStruct Type = new(
        "CallToken", ("string", "method"), ("uint32", "audience"), ("address", "caller"), ("uint64", "expiry"), ("bytes32", "nonce"));

    /// <summary>The digest that the caller signs.</summary>
    public Hash256 Digest(SigningDomain domain) => domain.Digest(Type, Method, Audience.Value, Caller, Expiry.Seconds, Nonce);

    /// <summary>Signs the token and writes its metadata entry.</summary>
    public byte[] Sign(SigningDomain domain, EthereumKey key)
    {
        var bytes = new byte[Size];
        Caller.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(20), Expiry.Seconds);
        Nonce.CopyTo(bytes.AsSpan(28));
        key.Sign(Digest(domain)).ToArray().CopyTo(bytes, 60);
        return bytes;
    }

    /// <summary>Reads a metadata entry as a token for this method and device; the signature is not checked yet.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes, string method, DeviceId audience, out CallToken? token, out EcdsaSignature signature)
    {
        token = null;
        signature = default;
        if (bytes.Length != Size || !EcdsaSignature.TryParse(bytes[60..], out signature)) return false;
        token = new CallToken(
            method,
            audience,
            new Address(bytes[..20]),
            new UnixTime(BinaryPrimitives.ReadUInt64BigEndian(bytes[20..])),
            new Hash256(bytes[28..60]));
        return true;
    }
}
