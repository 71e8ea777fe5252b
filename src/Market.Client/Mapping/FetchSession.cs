using Market.Client.Collecting;
using Market.Client.Jobs;
using Market.Transport.Peers;

namespace Market.Client.Mapping;

/// <summary>A job's blobs and connections to who may have more of them.</summary>
internal sealed class FetchSession(JobFolder folder, PeerConnections peers, LeaseFetcher fetcher) : IDisposable
{
    /// <summary>Fetches over them.</summary>
    public LeaseFetcher Fetcher => fetcher;

    /// <inheritdoc/>
    public void Dispose()
    {
        peers.Dispose();
        folder.Dispose();
    }
}
