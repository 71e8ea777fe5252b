using System.Collections.Immutable;
using Market.Blobs;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Results;
using Market.Hashing;
using Market.Transport.Peers;

namespace Market.Client.Collecting;

/// <summary>
/// Fetches what leases gave. A result list is known by its committed root and an output by its record in the list, so
/// whoever serves them can withhold but not lie.
/// </summary>
internal sealed class LeaseFetcher(ImmutableArray<JobHolder> holders, BlobStore blobs, BlobFetcher fetcher, IReadOnlyDictionary<DeviceId, Peer> peers)
{
    /// <summary>Where it puts them.</summary>
    public BlobStore Blobs => blobs;

    /// <summary>How a lease's tasklets ended; null if the list is to be had from nobody.</summary>
    public async Task<ResultList?> ListAsync(LeaseView lease, CancellationToken cancel)
    {
        var name = ResultList.NameOf(lease.ResultRoot!.Value, lease.Lease.Count);
        await FetchAsync([name], lease.Lease.Device, cancel);
        return ResultList.TryDecode(await blobs.ReadAsync(name, cancel), out var list) ? list : null;
    }

    /// <summary>A lease's results; null if their list is to be had from nobody.</summary>
    public async Task<FetchedLease?> FetchAsync(LeaseView lease, CancellationToken cancel)
    {
        if (await ListAsync(lease, cancel) is not { } list) return null;
        var outputs = list.Results.Where(result => result.Succeeded).Select(result => result.Output).Distinct().ToArray();
        return new FetchedLease(list, (await FetchAsync(outputs, lease.Lease.Device, cancel)).ToHashSet());
    }

    /// <summary>What an offer's tasklets read, if they are listed and the list is to be had.</summary>
    public async Task<Manifest?> ManifestAsync(Work work, uint total, CancellationToken cancel)
    {
        if (work.Inputs != InputKind.Manifest) return null;
        var name = work.ManifestBlob(total);
        await FetchAsync([name], null, cancel);
        return Manifest.TryDecode(await blobs.ReadAsync(name, cancel), out var manifest) ? manifest : null;
    }

    /// <summary>Fetches from the device that made them first, then from those that hold the inputs, then from anyone.</summary>
    private Task<IReadOnlyList<BlobName>> FetchAsync(IReadOnlyList<BlobName> names, DeviceId? maker, CancellationToken cancel)
    {
        var likely = (maker is { } device ? [device] : Array.Empty<DeviceId>()).Concat(holders.Select(holder => holder.Device));
        var sources = likely.Concat(peers.Keys.Order()).Distinct().Select(id => peers.GetValueOrDefault(id)).OfType<Peer>();
        return fetcher.FetchAsync(names, blobs, sources, onFault: null, cancel);
    }
}

/// <summary>What was fetched of a lease.</summary>
/// <param name="List">Its results.</param>
/// <param name="Missing">Outputs that were to be had from nobody; all others are in the store.</param>
internal sealed record FetchedLease(ResultList List, IReadOnlySet<BlobName> Missing);
