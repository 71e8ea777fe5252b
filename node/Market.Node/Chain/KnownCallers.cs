using System.Collections.Concurrent;
using Market.Hashing;
using Market.Transport.Peers;

namespace Market.Node.Chain;

/// <summary>Who may call this node at all: operators of devices, and accounts that ever put money into the market.</summary>
internal sealed class KnownCallers(PeerTable peers)
{
    private readonly ConcurrentDictionary<Address, bool> _depositors = new();

    /// <summary>Notes an account that put money in.</summary>
    public void Add(Address account) => _depositors[account] = true;

    /// <summary>Whether the account may call.</summary>
    public bool Admits(Address account) => _depositors.ContainsKey(account) || peers.IsOperator(account);
}
