using System.Collections.Concurrent;
using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Leases;

namespace Market.Node.Chain;

/// <summary>What was last demanded of each lease; whether the demand is still open, the lease itself says.</summary>
internal sealed class OpenDemands
{
    private readonly ConcurrentDictionary<LeaseKey, DemandTuple> _demands = new();

    /// <summary>Notes a demand.</summary>
    public void Set(LeaseKey lease, DemandTuple what) => _demands[lease] = what;

    /// <summary>Forgets it.</summary>
    public void Remove(LeaseKey lease) => _demands.TryRemove(lease, out _);

    /// <summary>What was demanded; null if nothing was.</summary>
    public DemandTuple? Find(LeaseKey lease) => _demands.GetValueOrDefault(lease);
}
