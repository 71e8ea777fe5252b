using System.Globalization;
using System.Reflection;
using Market.Blobs;
using Market.Chain.Projection;
using Market.Node.Attestation;
using Market.Node.Bidding;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Node.Leases;
using Market.Node.Machine;
using Market.Transport.Peers;

namespace Market.Node.Health;

/// <summary>Gathers what the node says about itself.</summary>
internal sealed class NodeStatus(
    NodeOptions options,
    MachineFacts machine,
    MarketAccess market,
    MarketProjection projection,
    ChainHead head,
    EndpointService endpoint,
    CapabilityStatus capability,
    BidStatus bid,
    LeaseBoard leases,
    BlobStore blobs,
    PeerTable peers,
    OperatorFunds funds,
    Storage.DiskRoom disk,
    Drain drain,
    TimeProvider time)
{
    // A look at the chain takes a few calls, each of which has a time limit of its own.
    private static readonly TimeSpan AliveLimit = TimeSpan.FromMinutes(2);

    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(NodeStatus).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The device's lanes that are busy now, at most.</summary>
    public int BusyLanes => (int)Math.Min(options.Lanes, leases.Open.Where(l => l.Stage == Storage.LeaseStage.Running).Sum(l => l.Lease.Count - l.Done));

    /// <summary>Whether the loop that everything hangs on still turns. A chain that does not answer is no reason to be restarted.</summary>
    public bool IsAlive => head.LookedAt == 0 || time.GetElapsedTime(head.LookedAt) < AliveLimit;

    /// <summary>Whether the node has come up: the chain is read and tells peers the truth about this node.</summary>
    public bool HasStarted => head.Current.Number > 0 && endpoint.IsPublished;

    /// <summary>Why the node takes no work, in words; empty when it does.</summary>
    public IReadOnlyList<string> NotReadyBecause()
    {
        var reasons = new List<string>();
        if (head.Current.Number == 0) reasons.Add("the chain has not been read yet");
        if (head.Current.Number > 0 && !head.Reachable) reasons.Add("the chain cannot be reached");
        if (drain.IsDraining) reasons.Add("draining");
        if (disk.IsLow) reasons.Add($"the disk of the data directory has {disk.FreeBytes >> 20} MiB left and needs {Storage.DiskRoom.LeastFreeBytes >> 20}");
        if (funds.IsLow) reasons.Add($"the operator {market.Account.Account} holds too little for gas");
        if (!endpoint.IsPublished) reasons.Add("the endpoint is not published yet");
        if (!bid.Standing) reasons.Add($"no bid: {bid.Text}");
        if (!bid.Standing && !drain.IsDraining) reasons.Add($"capability: {capability.Text}");
        return reasons;
    }

    /// <summary>Everything.</summary>
    public StatusDocument Describe()
    {
        var state = projection.State;
        var reasons = NotReadyBecause();
        var device = state.Devices.GetValueOrDefault(market.Device);
        return new StatusDocument(
            "market.node/1",
            options.Name,
            market.Device.ToString(),
            Version,
            reasons.Count == 0,
            drain.IsDraining,
            reasons,
            new ChainStatus(market.Deployment.ChainId, head.Current.Number, head.Current.Time.ToString()),
            options.PublicUrl,
            new MachineStatus(options.Lanes, options.MemoryMiB, machine.Limits, blobs.UsedBytes, blobs.QuotaBytes),
            capability.Text,
            bid.Text,
            device is null ? null : new MoneyStatus(market.Asset.Symbol, market.Asset.Decimals, device.Stake.ToString(), device.Earned.ToString(), device.Lost.ToString()),
            [.. leases.Open.Select(Line)],
            [.. leases.Over.Reverse().Take(20).Select(Line)],
            IdleReasons.Count(state, market.Device, head.Current.Time),
            [.. peers.All.Where(p => p.Device != market.Device).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Device} {p.Uri}"))]);
    }

    private static LeaseStatusLine Line(LeaseProgress p) => new(
        p.Lease.Key().ToString(), p.Lease.Offer.ToString(), p.Lease.First, p.Lease.Count, p.Stage.ToString().ToLowerInvariant(), p.Done, p.Root?.ToString(), p.Detail);
}
