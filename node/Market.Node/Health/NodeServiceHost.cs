using Google.Protobuf;
using Grpc.Core;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Storage;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Wire = Market.Transport.Node.V1;

namespace Market.Node.Health;

/// <summary>Tells peers and consumers how this node and its leases are.</summary>
internal sealed class NodeServiceHost(NodeStatus status, NodeOptions options, LeaseBoard leases, LocalDevice self, ChainHead head, Drain drain, TimeProvider time)
    : Wire.NodeService.NodeServiceBase
{
    /// <inheritdoc/>
    public override Task<Wire.GetStatusResponse> GetStatus(Wire.GetStatusRequest request, ServerCallContext context)
    {
        var reasons = status.NotReadyBecause();
        var response = new Wire.GetStatusResponse
        {
            Device = self.Device.Value,
            Version = NodeStatus.Version,
            Ready = reasons.Count == 0,
            Draining = drain.IsDraining,
            Lanes = options.Lanes,
            BusyLanes = (uint)status.BusyLanes,
            HeadBlock = head.Current.Number,
        };
        response.NotReadyBecause.AddRange(reasons);
        if (TransportCaller.Of(context) == self.Key.Address) response.Leases.AddRange(leases.Open.Select(ToWire));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<Wire.GetLeaseResponse> GetLease(Wire.GetLeaseRequest request, ServerCallContext context)
    {
        if (request.LeaseKey.Length != Hash256.Size) throw Refusal.Malformed.ToException();
        var progress = leases.Find(new LeaseKey(new Hash256(request.LeaseKey.Span)));
        if (progress is null) return Task.FromResult(new Wire.GetLeaseResponse());
        var (said, now) = (ToWire(progress), UnixTime.From(time.GetUtcNow()));
        var statement = ProgressStatement.Sign(self.Domain, self.Key, progress.Lease.Key(), said.Stage, said.Done, said.Total, now);
        return Task.FromResult(new Wire.GetLeaseResponse { Lease = said, SaidAt = now.Seconds, Signature = ByteString.CopyFrom(statement.Signature.ToArray()) });
    }

    private static Wire.LeaseProgress ToWire(LeaseProgress p) => new()
    {
        LeaseKey = ByteString.CopyFrom(p.Lease.Key().Value.ToArray()),
        Stage = p.Stage switch
        {
            LeaseStage.Fetching => Wire.LeaseStage.Fetching,
            LeaseStage.Running => Wire.LeaseStage.Running,
            LeaseStage.Committing => Wire.LeaseStage.Committing,
            LeaseStage.Committed => Wire.LeaseStage.Committed,
            LeaseStage.Settled => Wire.LeaseStage.Settled,
            LeaseStage.Declining or LeaseStage.Lost => Wire.LeaseStage.GivenUp,
            _ => Wire.LeaseStage.Unspecified,
        },
        Done = p.Done,
        Total = p.Lease.Count,
        ResultRoot = p.Root is { } root ? ByteString.CopyFrom(root.ToArray()) : ByteString.Empty,
    };
}
