using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Attestation;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using AttestationWire = Market.Transport.Attestation.V1;
using BlobWire = Market.Transport.Blobs.V1;
using NodeWire = Market.Transport.Node.V1;

namespace Market.Transport.Peers;

/// <summary>
/// Calls to one peer. Each call carries its own token and a deadline and ends in an outcome: nothing that a peer does
/// throws, except that cancelling throws <see cref="OperationCanceledException"/>.
/// </summary>
public sealed partial class PeerClient
{
    private static readonly TimeSpan ShortCall = TimeSpan.FromSeconds(10);
    // The end of year 9999, beyond which the platform counts no time.
    private const ulong MaxTime = 253_402_300_799 - 3_600;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(1);

    private readonly PeerConnections _connections;
    private readonly BlobWire.BlobService.BlobServiceClient _blobs;
    private readonly AttestationWire.AttestationService.AttestationServiceClient _attestation;
    private readonly NodeWire.NodeService.NodeServiceClient _node;

    internal PeerClient(PeerConnections connections, Peer peer, GrpcChannel channel)
    {
        (_connections, Peer) = (connections, peer);
        _blobs = new BlobWire.BlobService.BlobServiceClient(channel);
        _attestation = new AttestationWire.AttestationService.AttestationServiceClient(channel);
        _node = new NodeWire.NodeService.NodeServiceClient(channel);
    }

    /// <summary>Who is called.</summary>
    public Peer Peer { get; }

    /// <summary>What the node says about itself.</summary>
    public Task<PeerReply<NodeWire.GetStatusResponse>> GetStatusAsync(CancellationToken cancellationToken) =>
        CallAsync(
            NodeWire.NodeService.Descriptor.FullName, nameof(_node.GetStatus), ShortCall,
            options => _node.GetStatusAsync(new NodeWire.GetStatusRequest(), options), cancellationToken);

    /// <summary>
    /// How far the device is with a lease. The operator's signature is checked; an answer about another lease, or with more done
    /// than there is, is faulty. Refused with UNKNOWN_LEASE if it does not know it.
    /// </summary>
    public async Task<PeerReply<ProgressStatement>> GetLeaseAsync(LeaseKey lease, CancellationToken cancellationToken)
    {
        var reply = await CallAsync(
            NodeWire.NodeService.Descriptor.FullName, nameof(_node.GetLease), ShortCall,
            options => _node.GetLeaseAsync(new NodeWire.GetLeaseRequest { LeaseKey = Bytes(lease.Value) }, options), cancellationToken);
        if (!reply.IsOk) return reply.As<ProgressStatement>();
        var answer = reply.Value;
        if (answer.Lease is not { } said) return new PeerReply<ProgressStatement>(PeerOutcome.Refused, null, "UNKNOWN_LEASE");
        if (said.LeaseKey.Length != Hash256.Size || new Hash256(said.LeaseKey.Span) != lease.Value || said.Done > said.Total || answer.SaidAt > MaxTime)
        {
            return PeerFaults.Faulty<ProgressStatement>("MALFORMED_ANSWER");
        }

        if (!EcdsaSignature.TryParse(answer.Signature.Span, out var signature)) return PeerFaults.Faulty<ProgressStatement>("WRONG_SIGNATURE");
        var statement = new ProgressStatement(lease, said.Stage, said.Done, said.Total, new UnixTime(answer.SaidAt), signature);
        return statement.IsSignedBy(_connections.Domain, Peer.Operator)
            ? new PeerReply<ProgressStatement>(PeerOutcome.Ok, statement, "")
            : PeerFaults.Faulty<ProgressStatement>("WRONG_SIGNATURE");
    }

    /// <summary>Asks the peer to attest <paramref name="subject"/>: its clock starts.</summary>
    public async Task<PeerReply<AttestationChallenge>> BeginAttestationAsync(DeviceId subject, CancellationToken cancellationToken)
    {
        var reply = await CallAsync(
            AttestationWire.AttestationService.Descriptor.FullName, nameof(_attestation.BeginAttestation), ShortCall,
            options => _attestation.BeginAttestationAsync(new AttestationWire.BeginAttestationRequest { Device = subject.Value }, options),
            cancellationToken);
        if (!reply.IsOk) return reply.As<AttestationChallenge>();
        var answer = reply.Value;
        if (answer.ChallengeId.Length != Hash256.Size || answer.SeedShare.Length != Hash256.Size || answer.Attester != Peer.Device.Value)
        {
            return PeerFaults.Faulty<AttestationChallenge>("MALFORMED_ANSWER");
        }

        return new PeerReply<AttestationChallenge>(
            PeerOutcome.Ok,
            new AttestationChallenge(
                new Hash256(answer.ChallengeId.Span), new Hash256(answer.SeedShare.Span), Peer.Device, new UnixTime(answer.ExpiresAt)),
            "");
    }

    /// <summary>
    /// Hands in the benchmark's results and the statement to be signed. The signature is checked against the peer's
    /// operator for the registry at <paramref name="registry"/>.
    /// </summary>
    public async Task<PeerReply<AttesterSignature>> CompleteAttestationAsync(
        Hash256 challenge,
        IReadOnlyList<Hash256> seedShares,
        CapabilityStatement statement,
        IReadOnlyList<LaneResult> lanes,
        ulong chainId,
        Address registry,
        CancellationToken cancellationToken)
    {
        var request = new AttestationWire.CompleteAttestationRequest { ChallengeId = Bytes(challenge), Statement = statement.ToWire() };
        request.SeedShares.AddRange(seedShares.Select(Bytes));
        request.Lanes.AddRange(lanes.Select(l => new AttestationWire.LaneResult
        {
            Output = Google.Protobuf.ByteString.CopyFrom(l.Output.Span),
            FuelUsed = l.FuelUsed,
        }));

        // The attester runs a lane's benchmark before it answers.
        var reply = await CallAsync(
            AttestationWire.AttestationService.Descriptor.FullName, nameof(_attestation.CompleteAttestation), TimeSpan.FromMinutes(2),
            options => _attestation.CompleteAttestationAsync(request, options), cancellationToken);
        if (!reply.IsOk) return reply.As<AttesterSignature>();
        if (reply.Value.Attester != Peer.Device.Value
            || !EcdsaSignature.TryParse(reply.Value.Signature.Span, out var signature)
            || !signature.TryRecover(statement.Digest(chainId, registry), out var signer)
            || signer != Peer.Operator)
        {
            return PeerFaults.Faulty<AttesterSignature>("WRONG_SIGNATURE");
        }

        return new PeerReply<AttesterSignature>(PeerOutcome.Ok, new AttesterSignature(Peer.Device, signature), "");
    }

    private static Google.Protobuf.ByteString Bytes(Hash256 hash) => Google.Protobuf.ByteString.CopyFrom(hash.ToArray());

    private async Task<PeerReply<T>> CallAsync<T>(
        string service, string method, TimeSpan limit, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        for (var learnt = false; ;)
        {
            try
            {
                using var underway = call(Options(service, method, limit, cancellationToken));
                return new PeerReply<T>(PeerOutcome.Ok, await underway, "");
            }
            catch (RpcException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!learnt && LearnsTime(e)) learnt = true;
                else return PeerFaults.Read<T>(e);
            }
        }
    }

    // Machines' clocks differ, and a market of strangers has no common one: the token is for the peer, so it goes by the peer's.
    private bool LearnsTime(RpcException e) =>
        Refusals.ReasonOf(e) == Refusals.Name(Refusal.TokenExpired)
        && ulong.TryParse(e.Trailers.GetValue(CallToken.TimeHeader), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
        && time <= MaxTime
        && _connections.LearnTime(Peer, time);

    private CallOptions Options(string service, string method, TimeSpan limit, CancellationToken cancellationToken)
    {
        var now = _connections.Time.GetUtcNow();
        var nonce = new byte[Hash256.Size];
        _connections.Random.GetBytes(nonce);
        var token = new CallToken(
            $"/{service}/{method}", Peer.Device, _connections.Key.Address, UnixTime.From(now + TokenLife + TimeSpan.FromSeconds(_connections.SecondsAhead(Peer))), new Hash256(nonce));
        return new CallOptions(
            headers: new Metadata { { CallToken.Header, token.Sign(_connections.Domain, _connections.Key) } },
            deadline: (now + limit).UtcDateTime,
            cancellationToken: cancellationToken);
    }
}
