using System.Collections.Immutable;
using Market.Domain.Leases;
using Market.Domain.Scheduling;
using Market.Transport.Node.V1;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client.Scheduling;

/// <summary>
/// Asks devices how far their leases are and keeps what they signed, by the moment that it was heard: their clocks may differ
/// from ours. Who does not answer in two seconds was not heard.
/// </summary>
internal sealed class Heartbeats(PeerConnections connections, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Dictionary<LeaseKey, ImmutableArray<ProgressBeat>> _heard = [];
    private readonly Dictionary<LeaseKey, ProgressStatement> _newest = [];

    /// <summary>What was heard about a lease, oldest first.</summary>
    public ImmutableArray<ProgressBeat> Of(LeaseKey lease) => _heard.GetValueOrDefault(lease, []);

    /// <summary>The device's last word about a lease; null if it never said one.</summary>
    public ProgressStatement? Newest(LeaseKey lease) => _newest.GetValueOrDefault(lease);

    /// <summary>Asks about all of them at once.</summary>
    /// <param name="leases">The leases, each with its device, if that can be called.</param>
    /// <param name="now">The moment that what is heard now counts for.</param>
    /// <param name="cancel">Stops.</param>
    public async Task ListenAsync(IReadOnlyCollection<(LeaseKey Lease, Peer? Peer)> leases, TimeSpan now, CancellationToken cancel)
    {
        foreach (var gone in _heard.Keys.Except(leases.Select(l => l.Lease)).ToList()) Forget(gone);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        foreach (var said in await Task.WhenAll(leases.Where(l => l.Peer is not null).Select(l => AskAsync(l.Lease, l.Peer!, either.Token, cancel))))
        {
            // Whoever gave up does not run it any more: it says so on the chain, or it is as good as silent.
            if (said is null or { Stage: LeaseStage.GivenUp } || (Newest(said.Lease) is { } before && said.SaidAt < before.SaidAt)) continue;
            _newest[said.Lease] = said;
            _heard[said.Lease] = Of(said.Lease).Add(new ProgressBeat(now, said.Done));
        }
    }

    private void Forget(LeaseKey lease)
    {
        _heard.Remove(lease);
        _newest.Remove(lease);
    }

    private async Task<ProgressStatement?> AskAsync(LeaseKey lease, Peer peer, CancellationToken either, CancellationToken cancel)
    {
        try
        {
            return (await connections.To(peer).GetLeaseAsync(lease, either)).Value;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
