using Market.Blobs;
using Market.Hashing;

namespace Market.Transport.Peers;

/// <summary>
/// Brings blobs in from whoever holds them: several holders at once, each asked for pieces that no other is asked for. What
/// a holder does not have, or leaves undone because it lies, stalls or vanishes, others are asked for; what is proven is not
/// fetched again. A holder that sent something wrong is not asked again.
/// </summary>
public sealed class BlobFetcher(PeerConnections connections)
{
    private const int HoldersAtOnce = 4;

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
        using var plan = new FetchPlan(blobs.Distinct().Where(b => !into.Holds(b)), into, HoldersAtOnce);
        var fell = false;
        var willing = await AskAsync(holders);

        // Someone who was sent home because others did it all can do what they left undone.
        if (fell && !plan.IsOver) await AskAsync(willing);
        return [.. blobs.Where(b => !into.Holds(b))];

        async Task<List<Peer>> AskAsync(IEnumerable<Peer> whom)
        {
            using var next = whom.GetEnumerator();
            var asked = new List<Task<(Peer Peer, bool IsWilling)>>();
            var left = new List<Peer>();
            while (true)
            {
                while (asked.Count < HoldersAtOnce && !plan.IsOver && next.MoveNext()) asked.Add(AskOneAsync(next.Current));
                if (asked.Count == 0) return left;
                var ended = await Task.WhenAny(asked);
                asked.Remove(ended);
                var (peer, isWilling) = await ended;
                if (isWilling) left.Add(peer);
                else fell = true;
            }
        }

        async Task<(Peer Peer, bool IsWilling)> AskOneAsync(Peer peer)
        {
            var client = connections.To(peer);
            while (await plan.TakeAsync(peer, cancellationToken) is { Count: > 0 } pieces)
            {
                var (outcome, reason, missing) = (PeerOutcome.Unavailable, "", (IReadOnlyList<Blobs.BlobPiece>)[]);
                var progressed = false;
                try
                {
                    (outcome, reason, missing) = await client.GetPiecesAsync(pieces, cancellationToken);
                }
                finally
                {
                    progressed = plan.Return(peer, pieces, missing);
                }

                if (outcome == PeerOutcome.Ok) continue;
                if (outcome == PeerOutcome.NoRoom) plan.Stop();

                // A broken-off transfer that brought something is worth going on with.
                if (outcome == PeerOutcome.Unavailable && progressed) continue;
                onFault?.Invoke(peer, outcome, reason);
                return (peer, false);
            }

            if (plan.RefusedBecause is { } full) onFault?.Invoke(peer, PeerOutcome.NoRoom, full.ToString());
            return (peer, true);
        }
    }
}
