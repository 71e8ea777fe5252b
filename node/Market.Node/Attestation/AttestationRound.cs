using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Node.Chain;
using Market.Node.Hosting;
using Market.Transport.Attestation;
using Market.Transport.Peers;

namespace Market.Node.Attestation;

/// <summary>What came of one attempt to be attested.</summary>
/// <param name="Statement">What was signed; null if too few did.</param>
/// <param name="Signatures">Enough signatures, by unrelated owners.</param>
/// <param name="Detail">In words why not.</param>
/// <param name="Disturbed">Whether the measured score was too low to be shown.</param>
internal sealed record RoundOutcome(CapabilityStatement? Statement, IReadOnlyList<AttesterSignature> Signatures, string Detail, bool Disturbed = false);

/// <summary>
/// One attempt to be attested: find attesters that answer, collect their seed shares, run the benchmark on all lanes at
/// once, let each check and sign.
/// </summary>
internal sealed partial class AttestationRound(
    MarketAccess market, MarketProjection projection, PeerTable peers, PeerConnections connections, Benchmark benchmark, NodeOptions options, TimeProvider time, ILogger<AttestationRound> logger)
{
    // More than needed, since some may fall away in between.
    private const int Spare = 2;

    // Attesters measure from their share to our answer, so a share that comes late would spoil everyone's measure.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    /// <summary>Tries once.</summary>
    /// <param name="leastScore">A lower score is not shown to the attesters.</param>
    /// <param name="now">Block time.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<RoundOutcome> TryAsync(ushort leastScore, UnixTime now, CancellationToken cancel)
    {
        var candidates = Candidates();
        if (candidates.Count < market.Threshold) return Failed($"{market.Threshold} attesters of other owners are needed, {candidates.Count} are registered");

        await benchmark.PrepareAsync(cancel);
        var live = await AskAllAsync(candidates, (client, token) => client.GetStatusAsync(token), cancel);
        if (live.Count < market.Threshold) return Failed($"{market.Threshold} attesters are needed, {live.Count} of {candidates.Count} answer");

        var started = time.GetTimestamp();
        var begun = await AskAllAsync(
            [.. live.Select(l => l.Peer).Take(Math.Min(ClaimCheck.MaxShares, market.Threshold + Spare))],
            (client, token) => client.BeginAttestationAsync(market.Device, token),
            cancel);
        if (begun.Count < market.Threshold) return Failed($"{market.Threshold} attesters are needed, {begun.Count} gave a seed share");

        Hash256[] shares = [.. begun.Select(b => b.Value.SeedShare)];
        var seed = CapabilityStatement.SeedOf(shares);
        var run = await benchmark.RunAsync(seed, options.Lanes, Benchmark.Rounds, cancel);
        var score = ClaimedScore.Of(run.LeastFuel, time.GetElapsedTime(started));
        LogMeasured(score, options.Lanes, run.Elapsed);
        if (score < leastScore) return Failed($"measured {score} Mfuel/s where this machine does {leastScore} at least when nothing else runs; measured again soon") with { Disturbed = true };

        var statement = new CapabilityStatement(
            market.Device, options.Class, score, options.MemoryMiB, options.Lanes, seed, now, now.Plus(market.MaxLifetime));
        LaneResult[] lanes = [.. run.Lanes.Select(l => new LaneResult(l.Output.AsMemory(), l.FuelUsed))];
        var signed = await Task.WhenAll(begun.Select(b => connections.To(b.Peer).CompleteAttestationAsync(
            b.Value.Id, shares, statement, lanes, market.Deployment.ChainId, market.Deployment.Registry, cancel)));
        AttesterSignature[] signatures = [.. signed.Where(s => s.IsOk).Select(s => s.Value!).Take(market.Threshold)];
        if (signatures.Length >= market.Threshold) return new RoundOutcome(statement, signatures, "");
        return Failed($"{market.Threshold} signatures are needed, {signatures.Length} came; others said {string.Join(", ", signed.Where(s => !s.IsOk).Select(s => s.Reason).Distinct())}");
    }

    // One peer for each owner but our own, in an order that differs between devices.
    private List<Peer> Candidates()
    {
        var devices = projection.State.Devices;
        if (!devices.TryGetValue(market.Device, out var self)) return [];
        return
        [
            .. peers.All
                .Where(p => devices.TryGetValue(p.Device, out var d) && d.Owner != self.Owner && d.ReleaseAt is null && !d.Slashed)
                .OrderBy(p => HashCode.Combine(p.Device, market.Device))
                .DistinctBy(p => devices[p.Device].Owner)
                .Take(4 * ClaimCheck.MaxShares),
        ];
    }

    private async Task<List<(Peer Peer, T Value)>> AskAllAsync<T>(
        IReadOnlyList<Peer> asked, Func<PeerClient, CancellationToken, Task<PeerReply<T>>> ask, CancellationToken cancel)
        where T : class
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var replies = await Task.WhenAll(asked.Select(async peer =>
        {
            try
            {
                return (Peer: peer, Reply: await ask(connections.To(peer), either.Token));
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return (Peer: peer, Reply: new PeerReply<T>(PeerOutcome.TimedOut, null, "SLOW"));
            }
        }));
        return [.. replies.Where(r => r.Reply.IsOk).Select(r => (r.Peer, r.Reply.Value!))];
    }

    private static RoundOutcome Failed(string detail) => new(null, [], detail);

    [LoggerMessage(4510, LogLevel.Information, "Benchmark: claiming {Score} Mfuel/s on each of {Lanes} lanes after {Elapsed}")]
    private partial void LogMeasured(ushort score, ushort lanes, TimeSpan elapsed);
}
