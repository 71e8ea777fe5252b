using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Ethereum.Signing;
using Market.Hashing;
using Wire = Market.Transport.Node.V1;

namespace Market.Transport.Tokens;

/// <summary>
/// A device's word on how far a lease is, a heartbeat: EIP-712 typed data LeaseProgress(bytes32 leaseKey,uint8 stage,uint32
/// done,uint32 total,uint64 saidAt), signed by its operator, so that what it said can be shown to others.
/// </summary>
/// <param name="Lease">The lease.</param>
/// <param name="Stage">What happens now.</param>
/// <param name="Done">Tasklets that have ended.</param>
/// <param name="Total">Tasklets of the lease.</param>
/// <param name="SaidAt">When it was said, by the device's clock.</param>
/// <param name="Signature">The operator's signature.</param>
public sealed record ProgressStatement(LeaseKey Lease, Wire.LeaseStage Stage, uint Done, uint Total, UnixTime SaidAt, EcdsaSignature Signature)
{
    private static readonly TypedStruct Type = new(
        "LeaseProgress", ("bytes32", "leaseKey"), ("uint8", "stage"), ("uint32", "done"), ("uint32", "total"), ("uint64", "saidAt"));

    /// <summary>Signs what is said.</summary>
    public static ProgressStatement Sign(SigningDomain domain, EthereumKey key, LeaseKey lease, Wire.LeaseStage stage, uint done, uint total, UnixTime saidAt) =>
        new(lease, stage, done, total, saidAt, key.Sign(Digest(domain, lease, stage, done, total, saidAt)));

    /// <summary>Whether <paramref name="operatorAccount"/> said this.</summary>
    public bool IsSignedBy(SigningDomain domain, Address operatorAccount) =>
        Signature.TryRecover(Digest(domain, Lease, Stage, Done, Total, SaidAt), out var signer) && signer == operatorAccount;

    private static Hash256 Digest(SigningDomain domain, LeaseKey lease, Wire.LeaseStage stage, uint done, uint total, UnixTime saidAt) =>
        domain.Digest(Type, lease.Value, (byte)stage, done, total, saidAt.Seconds);
}
