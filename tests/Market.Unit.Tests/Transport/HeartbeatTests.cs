using Google.Protobuf;
using Grpc.Core;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Transport.Node.V1;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Unit.Tests.Transport;

/// <summary>What a device says of a lease counts only if its operator signed just that, about just this lease.</summary>
public sealed class HeartbeatTests
{
    private static readonly LeaseKey Lease = new(Keccak256.Hash("lease"u8));
    private static readonly UnixTime At = new(1_800_000_000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ASignedWord_IsHeard()
    {
        var reply = await AskAsync<Sound>();

        Assert.True(reply.IsOk);
        Assert.Equal((Lease, LeaseStage.Running, 3U, 8U, At), (reply.Value.Lease, reply.Value.Stage, reply.Value.Done, reply.Value.Total, reply.Value.SaidAt));
    }

    [Fact]
    public async Task ALeaseThatItDoesNotKnow_IsARefusal() => Assert.Equal((PeerOutcome.Refused, "UNKNOWN_LEASE"), Of(await AskAsync<Unknowing>()));

    [Fact]
    public async Task SignedBySomebodyElse_IsFaulty() => Assert.Equal((PeerOutcome.Faulty, "WRONG_SIGNATURE"), Of(await AskAsync<SignedByAnother>()));

    [Fact]
    public async Task ANumberThatWasNotSigned_IsFaulty() => Assert.Equal((PeerOutcome.Faulty, "WRONG_SIGNATURE"), Of(await AskAsync<OtherNumber>()));

    [Fact]
    public async Task AnotherMomentThanSigned_IsFaulty() => Assert.Equal((PeerOutcome.Faulty, "WRONG_SIGNATURE"), Of(await AskAsync<OtherMoment>()));

    [Fact]
    public async Task AnotherLeasesWord_IsFaulty() => Assert.Equal((PeerOutcome.Faulty, "MALFORMED_ANSWER"), Of(await AskAsync<OtherLease>()));

    [Fact]
    public async Task MoreDoneThanThereIs_IsFaulty() => Assert.Equal((PeerOutcome.Faulty, "MALFORMED_ANSWER"), Of(await AskAsync<TooMuch>()));

    [Fact]
    public void AWordForAnotherMarket_IsNotSignedForThisOne()
    {
        var said = ProgressStatement.Sign(new SigningDomain(1, default), TestNode.OperatorKey, Lease, LeaseStage.Running, 3, 8, At);

        Assert.False(said.IsSignedBy(TestNode.Domain, TestNode.OperatorKey.Address));
    }

    private static GetLeaseResponse Answer(uint done, uint total, LeaseKey? lease = null, byte key = 1)
    {
        var said = ProgressStatement.Sign(TestNode.Domain, TestNode.KeyOf(key), lease ?? Lease, LeaseStage.Running, done, total, At);
        return new GetLeaseResponse
        {
            Lease = new LeaseProgress { LeaseKey = ByteString.CopyFrom(said.Lease.Value.ToArray()), Stage = said.Stage, Done = done, Total = total },
            SaidAt = At.Seconds,
            Signature = ByteString.CopyFrom(said.Signature.ToArray()),
        };
    }

    private static async Task<PeerReply<ProgressStatement>> AskAsync<T>()
        where T : Saying
    {
        await using var node = await TestNode.StartAsync<T>();
        using var connections = TestNode.Connections();
        return await connections.To(node.Peer).GetLeaseAsync(Lease, Cancel);
    }

    private static (PeerOutcome, string) Of(PeerReply<ProgressStatement> reply) => (reply.Outcome, reply.Reason);

    private static GetLeaseResponse Changed(GetLeaseResponse answer, Action<GetLeaseResponse> change)
    {
        change(answer);
        return answer;
    }

    internal abstract class Saying(GetLeaseResponse answer) : NodeService.NodeServiceBase
    {
        public override Task<GetLeaseResponse> GetLease(GetLeaseRequest request, ServerCallContext context) => Task.FromResult(answer);
    }

    internal sealed class Sound() : Saying(Answer(3, 8));

    internal sealed class Unknowing() : Saying(new GetLeaseResponse());

    internal sealed class SignedByAnother() : Saying(Answer(3, 8, key: 2));

    internal sealed class OtherNumber() : Saying(Changed(Answer(3, 8), answer => answer.Lease.Done = 7));

    internal sealed class OtherMoment() : Saying(Changed(Answer(3, 8), answer => answer.SaidAt++));

    internal sealed class OtherLease() : Saying(Answer(3, 8, new LeaseKey(Keccak256.Hash("other"u8))));

    internal sealed class TooMuch() : Saying(Answer(9, 8));
}
