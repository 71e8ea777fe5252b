using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Transport.Peers;

/// <summary>A device that can be called, as its events on the chain say.</summary>
/// <param name="Device">The device.</param>
/// <param name="Uri">Where it listens: https, a host and a port.</param>
/// <param name="TransportKey">SHA-256 of the SubjectPublicKeyInfo that its TLS certificate must carry.</param>
/// <param name="Operator">Who signs for it.</param>
public sealed record Peer(DeviceId Device, Uri Uri, Hash256 TransportKey, Address Operator);
