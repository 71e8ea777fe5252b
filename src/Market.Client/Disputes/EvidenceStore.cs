using Market.Blobs;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Transport.Peers;

namespace Market.Client.Disputes;

/// <summary>
/// What a dispute is about, by name: modules, manifests, inputs, result lists, outputs. From the own store, else from peers:
/// a blob is what its name says or it is refused, so nobody can lie about evidence, only withhold it.
/// </summary>
/// <param name="blobs">The own store.</param>
/// <param name="fetcher">Asks peers.</param>
/// <param name="peers">Devices that can be asked now.</param>
/// <param name="time">Tells how long to keep what was fetched.</param>
public sealed class EvidenceStore(BlobStore blobs, BlobFetcher fetcher, Func<IEnumerable<Peer>> peers, TimeProvider time)
{
    private const int MaxPeers = 32;
    private static readonly TimeSpan Keep = TimeSpan.FromHours(2);

    /// <summary>Keeps what came by another way, as what the chain was shown.</summary>
    public async Task AddAsync(byte[] content, CancellationToken cancel)
    {
        if ((await blobs.PutAsync(content, cancel)).Outcome == BlobOutcome.Stored) blobs.Keep(BlobName.Of(content), time.GetUtcNow() + Keep);
    }

    /// <summary>A blob's bytes; null if nobody gives it.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="maker">The device that should hold it, asked first.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<byte[]?> ReadAsync(BlobName name, DeviceId? maker, CancellationToken cancel)
    {
        if (!blobs.Keep(name, time.GetUtcNow() + Keep))
        {
            var holders = peers().OrderBy(p => p.Device == maker ? 0 : 1).ThenBy(p => p.Device).Take(MaxPeers);
            await fetcher.FetchAsync([name], blobs, holders, onFault: null, cancel);
            blobs.Keep(name, time.GetUtcNow() + Keep);
        }

        return await blobs.ReadAsync(name, cancel);
    }
}
