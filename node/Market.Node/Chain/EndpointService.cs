using Market.Chain.Projection;
using Market.Chain.Transactions;
using Market.Hashing;
using Market.Node.Hosting;

namespace Market.Node.Chain;

/// <summary>The SHA-256 of this node's TLS public key.</summary>
internal sealed record TransportKey(Hash256 Value);

/// <summary>Publishes where this node is reached, and the key it is known by, whenever the chain says otherwise.</summary>
internal sealed partial class EndpointService(
    MarketAccess market, MarketProjection projection, TransportKey key, NodeOptions options, ChainHead head, TimeProvider time, ILogger<EndpointService> logger)
    : ReconcilingService(head, time, logger)
{
    // What is sent is known here before the events of its block are.
    private ulong _sentIn;

    /// <summary>Whether the chain tells peers the truth about this node.</summary>
    public bool IsPublished => projection.State.Devices.TryGetValue(market.Device, out var device) && Matches(device);

    /// <inheritdoc/>
    protected override async Task ReconcileAsync(Head now, CancellationToken cancel)
    {
        if (now.Number <= _sentIn || !projection.State.Devices.TryGetValue(market.Device, out var device) || Matches(device)) return;
        var outcome = await market.Account.SetEndpointAsync(market.Device, options.PublicUrl, key.Value, cancel);
        if (outcome is SendOutcome.Mined mined)
        {
            _sentIn = mined.Receipt.BlockNumber;
            LogPublished(options.PublicUrl, key.Value);
            return;
        }

        LogFailed(outcome.Describe());
    }

    private bool Matches(DeviceEntry device) => device.Endpoint == options.PublicUrl && device.TransportKey == key.Value;

    [LoggerMessage(4020, LogLevel.Information, "Published endpoint {Url} with transport key {Key}")]
    private partial void LogPublished(string url, Hash256 key);

    [LoggerMessage(4021, LogLevel.Warning, "The endpoint could not be published; trying again at the next block: {Outcome}")]
    private partial void LogFailed(string outcome);
}
