using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Transport.Tokens;

namespace Market.Transport.Serving;

/// <summary>The device that a node speaks for, and what it signs with.</summary>
/// <param name="Device">The device.</param>
/// <param name="Key">Its operator's key.</param>
/// <param name="Domain">The deployment that it belongs to.</param>
public sealed record LocalDevice(DeviceId Device, EthereumKey Key, SigningDomain Domain);
