using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;

namespace Market.Transport.Attestation;

/// <summary>An attester's challenge.</summary>
/// <param name="Id">Names it when the results are handed in.</param>
/// <param name="SeedShare">The attester's part of the seed.</param>
/// <param name="Attester">The attester's device.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record AttestationChallenge(Hash256 Id, Hash256 SeedShare, DeviceId Attester, UnixTime ExpiresAt);

/// <summary>What one lane's run of the benchmark gave.</summary>
/// <param name="Output">At most 1 KiB.</param>
/// <param name="FuelUsed">As metered.</param>
public sealed record LaneResult(ReadOnlyMemory<byte> Output, ulong FuelUsed);

/// <summary>An attester's signature of a statement.</summary>
public sealed record AttesterSignature(DeviceId Attester, EcdsaSignature Signature);
