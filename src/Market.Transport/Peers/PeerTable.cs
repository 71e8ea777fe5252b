using System.Collections.Concurrent;
using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Transport.Peers;

/// <summary>The devices that can be called, fed from chain events by whoever follows them. Safe for any thread.</summary>
public sealed class PeerTable
{
    private readonly ConcurrentDictionary<DeviceId, Peer> _peers = new();

    /// <summary>Everyone in the table, by device.</summary>
    public IReadOnlyList<Peer> All => [.. _peers.Values.OrderBy(p => p.Device)];

    /// <summary>Adds a peer or replaces what was known of its device.</summary>
    public void Set(Peer peer) => _peers[peer.Device] = peer;

    /// <summary>Forgets a device.</summary>
    public void Remove(DeviceId device) => _peers.TryRemove(device, out _);

    /// <summary>The peer of a device; null if it is not known.</summary>
    public Peer? Find(DeviceId device) => _peers.GetValueOrDefault(device);

    /// <summary>Whether an account is the operator of a device in the table.</summary>
    public bool IsOperator(Address account)
    {
        foreach (var (_, peer) in _peers)
        {
            if (peer.Operator == account) return true;
        }

        return false;
    }

    /// <summary>
    /// Makes a peer of what a device published. False if the address is not https with a host and a port, or no key is
    /// given: such a device cannot be called.
    /// </summary>
    public static bool TryMake(DeviceId device, string endpoint, Hash256 transportKey, Address operatorAccount, out Peer? peer)
    {
        peer = null;
        if (endpoint.Length > 256 || transportKey == Hash256.Zero) return false;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps) return false;
        if (uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0) return false;
        peer = new Peer(device, uri, transportKey, operatorAccount);
        return true;
    }
}
