using Market.Blobs;
using Market.Hashing;

namespace Market.Transport.Peers;

/// <summary>
/// Brings blobs in from whoever holds them: asks peer after peer, each for what the ones before it did not have, going
/// on where one broke off. A peer that sends something wrong is not asked again.
/// </summary>
public sealed class BlobFetcher(PeerConnections connections)
{
    /// <summary>Fetches blobs into the store; returns those that nobody could give, in their order.</summary>
    /// <param name="blobs">What is wanted; blobs that the store holds cost nothing.</param>
    /// <param name="into">Where they go.</param>
    /// <param name="holders">Whom to ask, the likeliest holder first.</param>
    /// <param name="onFault">Told of each peer that could not be used, and why.</param>
    /// <param name="cancellationToken">Stops; what was proven stays.</param>
    public async Task<IReadOnlyList<BlobName>> FetchAsync(
        IReadOnlyList<BlobName> blobs,
        BlobStore into,
        IEnumerable<Peer> holders,
        Action<Peer, PeerOutcome, string>? onFault,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobName> missing = [.. blobs.Where(b => !into.Holds(b))];
        foreach (var peer in holders)
        {
            if (missing.Count == 0) break;
            PeerReply<IReadOnlyList<BlobName>> reply;
            int before;
            do
            {
                before = Proven(missing, into);
                reply = await connections.To(peer).GetAsync(missing, into, cancellationToken);
                missing = [.. missing.Where(b => !into.Holds(b))];
            }
            while (reply.Outcome is PeerOutcome.Unavailable or PeerOutcome.TimedOut && Proven(missing, into) != before);

            if (!reply.IsOk) onFault?.Invoke(peer, reply.Outcome, reply.Reason);
        }

        return missing;
    }

    // Changes whenever a broken-off transfer brought something, so that going on with the same peer is worth it.
    private static int Proven(IReadOnlyList<BlobName> missing, BlobStore into) =>
        HashCode.Combine(missing.Count, missing.Sum(into.ResumeOffset));
}
