using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Serving;

namespace Market.Node.Transfer;

/// <summary>
/// Makes blobs present: what consumers pushed is here already, the rest is asked of the other devices, again and again
/// while the patience lasts, since a consumer may still be pushing to them.
/// </summary>
internal sealed partial class BlobGatherer(
    BlobStore blobs, BlobFetcher fetcher, PeerTable peers, LocalDevice self, TimeProvider time, ILogger<BlobGatherer> logger)
{
    private const int MaxPeers = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Gathers and keeps blobs; null, or in words what is missing.</summary>
    /// <param name="wanted">The blobs.</param>
    /// <param name="keepUntil">Until when they are needed.</param>
    /// <param name="patience">How long to go on asking.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<string?> GatherAsync(IReadOnlyList<BlobName> wanted, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<BlobName> missing = [.. wanted.Where(b => !blobs.Keep(b, keepUntil))];
            if (missing.Count > 0) missing = await fetcher.FetchAsync(missing, blobs, Holders(missing[0]), OnFault, cancel);
            if (missing.Count == 0 && wanted.All(b => blobs.Keep(b, keepUntil))) return null;
            if (time.GetElapsedTime(started) >= patience)
            {
                var first = missing.Count > 0 ? missing[0].ToString() : "some";
                LogMissing(missing.Count, wanted.Count, first, patience);
                return $"{missing.Count} of {wanted.Count} blobs are held by nobody, such as {first}";
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    // Each device starts elsewhere in the list, so that not all of them ask the same one first.
    private IEnumerable<Peer> Holders(BlobName blob)
    {
        var others = peers.All.Where(p => p.Device != self.Device).ToList();
        if (others.Count == 0) return [];
        var start = (int)((uint)HashCode.Combine(blob, self.Device) % others.Count);
        return others.Skip(start).Concat(others.Take(start)).Take(MaxPeers);
    }

    private void OnFault(Peer peer, PeerOutcome outcome, string reason) => LogFault(peer.Device.Value, outcome, reason);

    [LoggerMessage(4310, LogLevel.Debug, "d-{Device} could not give blobs: {Outcome} {Reason}")]
    private partial void LogFault(uint device, PeerOutcome outcome, string reason);

    [LoggerMessage(4311, LogLevel.Warning, "{Missing} of {Wanted} blobs, such as {First}, are held by nobody after {Patience}")]
    private partial void LogMissing(int missing, int wanted, string first, TimeSpan patience);
}
