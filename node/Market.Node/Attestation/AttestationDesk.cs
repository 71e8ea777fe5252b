using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Node.Chain;
using Market.Transport.Attestation;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Wire = Market.Transport.Attestation.V1;

namespace Market.Node.Attestation;

/// <summary>Answers other devices that want to be measured.</summary>
internal sealed partial class AttestationDesk(
    ChallengeBook challenges,
    Benchmark benchmark,
    MarketAccess market,
    MarketProjection projection,
    PeerTable peers,
    LocalDevice self,
    ChainHead head,
    TimeProvider time,
    ILogger<AttestationDesk> logger)
    : Wire.AttestationService.AttestationServiceBase, IDisposable
{
    // Measuring others takes a lane; one at a time leaves the rest to paid work.
    private readonly SemaphoreSlim _turn = new(1);

    /// <inheritdoc/>
    public override Task<Wire.BeginAttestationResponse> BeginAttestation(Wire.BeginAttestationRequest request, ServerCallContext context)
    {
        var subject = SubjectOf(request.Device, context);
        if (challenges.Begin(subject) is not { } challenge) throw Refusal.RateExceeded.ToException();
        return Task.FromResult(new Wire.BeginAttestationResponse
        {
            ChallengeId = Bytes(challenge.Id),
            SeedShare = Bytes(challenge.Share),
            Attester = self.Device.Value,
            ExpiresAt = UnixTime.From(challenge.ExpiresAt).Seconds,
        });
    }

    /// <inheritdoc/>
    public override async Task<Wire.CompleteAttestationResponse> CompleteAttestation(Wire.CompleteAttestationRequest request, ServerCallContext context)
    {
        // The clock stops before anything else is done.
        var stopped = time.GetTimestamp();
        if (CapabilityStatement.Read(request.Statement) is not { } statement || request.ChallengeId.Length != Hash256.Size) throw Refusal.Malformed.ToException();
        if (request.SeedShares.Count > ClaimCheck.MaxShares || request.SeedShares.Any(s => s.Length != Hash256.Size)) throw Refusal.Malformed.ToException();
        if (request.Lanes.Count > ClaimCheck.MaxLanes) throw Refusal.Malformed.ToException();
        var subject = SubjectOf(statement.Device.Value, context);
        if (challenges.Take(new Hash256(request.ChallengeId.Span), subject) is not { } challenge) throw Refusal.NotFound.ToException();

        Hash256[] shares = [.. request.SeedShares.Select(s => new Hash256(s.Span))];
        LaneResult[] lanes = [.. request.Lanes.Select(l => new LaneResult(l.Output.Memory, l.FuelUsed))];
        var fault = ClaimCheck.FindFault(challenge, shares, statement, lanes, time.GetElapsedTime(challenge.Started, stopped), head.Current.Time, market.MaxLifetime)
            ?? await RunAgainAsync(statement.Seed, lanes, context.CancellationToken);
        if (fault is not null)
        {
            LogRefuted(subject.Value, fault);
            throw Refusal.ClaimRefuted.ToException();
        }

        LogSigned(subject.Value, statement.ClassKey, statement.ScorePerLane, statement.Lanes);
        return new Wire.CompleteAttestationResponse
        {
            Attester = self.Device.Value,
            Signature = ByteString.CopyFrom(self.Key.Sign(statement.Digest(market.Deployment.ChainId, market.Deployment.Registry)).ToArray()),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<string?> RunAgainAsync(Hash256 seed, LaneResult[] lanes, CancellationToken cancel)
    {
        // The subject's outputs are fixed by now, and what it could have guessed does not help it.
        var lane = RandomNumberGenerator.GetInt32(lanes.Length);
        await _turn.WaitAsync(cancel);
        try
        {
            var own = await benchmark.RunLaneAsync(seed, lane, cancel);
            if (!own.Output.AsSpan().SequenceEqual(lanes[lane].Output.Span)) return $"lane {lane} has another output";
            return own.FuelUsed == lanes[lane].FuelUsed ? null : $"lane {lane} took {own.FuelUsed} fuel, not {lanes[lane].FuelUsed}";
        }
        catch (BenchmarkException e)
        {
            LogUnfit(e.Message);
            throw Refusal.NotReady.ToException();
        }
        finally
        {
            _turn.Release();
        }
    }

    // Only the operator of a device asks for it, and nobody attests a device of the same owner.
    private DeviceId SubjectOf(uint device, ServerCallContext context)
    {
        var subject = new DeviceId(device);
        if (peers.Find(subject) is not { } peer || peer.Operator != TransportCaller.Of(context)) throw Refusal.CallerNotAllowed.ToException();
        var devices = projection.State.Devices;
        var related = !devices.TryGetValue(subject, out var theirs) || !devices.TryGetValue(self.Device, out var ours) || theirs.Owner == ours.Owner;
        return related ? throw Refusal.CallerNotAllowed.ToException() : subject;
    }

    private static ByteString Bytes(Hash256 hash) => ByteString.CopyFrom(hash.ToArray());

    [LoggerMessage(4501, LogLevel.Information, "Attested d-{Device} as {Class}: {Score} Mfuel/s on each of {Lanes} lanes")]
    private partial void LogSigned(uint device, ClassKey @class, ushort score, ushort lanes);

    [LoggerMessage(4502, LogLevel.Warning, "d-{Device} was not attested: {Fault}")]
    private partial void LogRefuted(uint device, string fault);

    [LoggerMessage(4503, LogLevel.Error, "This machine cannot run the benchmark: {Reason}")]
    private partial void LogUnfit(string reason);
}
