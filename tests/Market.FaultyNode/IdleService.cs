using Market.Chain.Projection;
using Market.Domain.Leases;
using Market.Node.Chain;
using Market.Node.Hosting;

namespace Market.FaultyNode;

/// <summary>Appears whenever it is summoned, and does nothing else about its leases.</summary>
internal sealed class IdleService(MarketAccess market, MarketProjection projection, ChainHead head, TimeProvider time, ILogger<IdleService> logger)
    : ReconcilingService(head, time, logger)
{
    private readonly HashSet<LeaseKey> _appeared = [];

    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        var state = projection.State;
        foreach (var lease in state.OpenLeasesOf(market.Device).Where(l => l is { State: LeaseState.Leased, AppearBy: not null }))
        {
            if (_appeared.Add(lease.Key)) await market.Account.AppearAsync(state.Offers[lease.Lease.Offer].Terms, lease.Lease, cancel);
        }
    }
}
