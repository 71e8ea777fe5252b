using System.Buffers.Binary;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Transport.Tokens;

/// <summary>
/// A device's promise to keep blobs: EIP-712 typed data HoldingReceipt(bytes32 blobs,uint32 device,uint64 keptUntil),
/// signed by its operator, where blobs is the keccak of all names in order, each root 32 ‖ length 8 (big-endian).
/// </summary>
/// <param name="Blobs">What is held.</param>
/// <param name="Device">Who holds it.</param>
/// <param name="KeptUntil">Until when at least.</param>
/// <param name="Signature">The operator's signature.</param>
public sealed record HoldingReceipt(IReadOnlyList<BlobName> Blobs, DeviceId Device, UnixTime KeptUntil, EcdsaSignature Signature)
{
    private static readonly TypedStruct Type = new(
        "HoldingReceipt", ("bytes32", "blobs"), ("uint32", "device"), ("uint64", "keptUntil"));

    /// <summary>Signs a promise.</summary>
    public static HoldingReceipt Sign(
        SigningDomain domain, EthereumKey key, IReadOnlyList<BlobName> blobs, DeviceId device, UnixTime keptUntil) =>
        new(blobs, device, keptUntil, key.Sign(Digest(domain, blobs, device, keptUntil)));

    /// <summary>Whether <paramref name="operatorAccount"/> signed this promise.</summary>
    public bool IsSignedBy(SigningDomain domain, Address operatorAccount) =>
        Signature.TryRecover(Digest(domain, Blobs, Device, KeptUntil), out var signer) && signer == operatorAccount;

    private static Hash256 Digest(SigningDomain domain, IReadOnlyList<BlobName> blobs, DeviceId device, UnixTime keptUntil)
    {
        const int size = Hash256.Size + 8;
        var names = new byte[size * blobs.Count];
        for (var i = 0; i < blobs.Count; i++)
        {
            blobs[i].Root.CopyTo(names.AsSpan(size * i));
            BinaryPrimitives.WriteInt64BigEndian(names.AsSpan((size * i) + Hash256.Size), blobs[i].Length);
        }

        return domain.Digest(Type, Keccak256.Hash(names), device.Value, keptUntil.Seconds);
    }
}
