using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Market.Unit.Tests.Blobs;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Unit.Tests.Transport;

public sealed class CallGateTests
{
    private const string Method = "/market.blobs.v1.BlobService/StatBlobs";
    private static readonly EthereumKey Caller = TestNode.KeyOf(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_WithItsToken_IsServedOnceOnly()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);
        var token = Token();

        Assert.Null(await ReasonAsync(channel, token));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_REPLAYED"), await ReasonAsync(channel, token));
    }

    [Fact]
    public async Task Call_WithoutTokenOrWithGarbage_IsRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);

        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_MISSING"), await ReasonAsync(channel, null));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_MISSING"), await ReasonAsync(channel, []));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_MISSING"), await ReasonAsync(channel, new byte[CallToken.Size]));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_MISSING"), await ReasonAsync(channel, new byte[4000]));
    }

    [Fact]
    public async Task Call_WithAnotherCallsToken_IsRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);
        var foreign = (StatusCode.Unauthenticated, "TOKEN_FOREIGN");

        Assert.Equal(foreign, await ReasonAsync(channel, Token(method: "/market.blobs.v1.BlobService/GetBlobs")));
        Assert.Equal(foreign, await ReasonAsync(channel, Token(audience: 8)));
        Assert.Equal(foreign, await ReasonAsync(channel, Token(domain: new SigningDomain(1, default))));
        Assert.Equal(foreign, await ReasonAsync(channel, Token(signer: TestNode.KeyOf(3))));
    }

    [Fact]
    public async Task Call_WithAnOverdueOrFarToken_IsRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);

        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_EXPIRED"), await ReasonAsync(channel, Token(life: -1)));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_EXPIRED"), await ReasonAsync(channel, Token(life: 10_000)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    [InlineData(60 * 24 * 400)]
    public async Task Call_BetweenMachinesWhoseClocksDiffer_IsServed(int minutesAhead)
    {
        await using var node = await TestNode.StartAsync(time: new WrongClock(TimeSpan.FromMinutes(minutesAhead)));
        using var connections = TestNode.Connections();

        var first = await connections.To(node.Peer).StatAsync([BlobName.Of([1])], Cancellation);
        var second = await connections.To(node.Peer).StatAsync([BlobName.Of([1])], Cancellation);

        Assert.Equal((PeerOutcome.Ok, PeerOutcome.Ok), (first.Outcome, second.Outcome));
    }

    [Theory]
    [InlineData(180)]
    [InlineData(-120)]
    public async Task Fetch_FromAMachineWhoseClockDiffers_NeedsNoCallBefore(int minutesAhead)
    {
        await using var node = await TestNode.StartAsync(time: new WrongClock(TimeSpan.FromMinutes(minutesAhead)));
        var blob = (await node.Store.PutAsync(new byte[] { 1, 2, 3 }, Cancellation)).Name;
        using var folder = new TempDirectory();
        var store = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder.Path, "blobs"), QuotaBytes = 1_000_000 }, TimeProvider.System);
        using var connections = TestNode.Connections();

        var reply = await connections.To(node.Peer).GetAsync([blob], store, Cancellation);

        Assert.Equal((PeerOutcome.Ok, true), (reply.Outcome, store.Holds(blob)));
    }

    [Fact]
    public async Task Call_WithoutADeadlineOrWithAFarOne_IsRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);

        Assert.Equal((StatusCode.InvalidArgument, "DEADLINE_REQUIRED"), await ReasonAsync(channel, Token(), deadline: null));
        Assert.Equal((StatusCode.InvalidArgument, "DEADLINE_REQUIRED"), await ReasonAsync(channel, Token(), TimeSpan.FromDays(1)));
    }

    [Fact]
    public async Task Call_ByAStranger_IsRefused()
    {
        await using var node = await TestNode.StartAsync(admits: account => account != Caller.Address);
        using var channel = Open(node);

        Assert.Equal((StatusCode.PermissionDenied, "CALLER_UNKNOWN"), await ReasonAsync(channel, Token()));
    }

    [Fact]
    public async Task FalseSignatures_FromOneAddress_AreSoonAnsweredUnheard()
    {
        await using var node = await TestNode.StartAsync();
        using var channel = Open(node);
        var outcomes = new List<(StatusCode, string?)?>();
        while (outcomes.Count < 1000 && outcomes.LastOrDefault()?.Item2 != "RATE_EXCEEDED")
        {
            outcomes.AddRange(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReasonAsync(channel, Token(audience: 8)))));
        }

        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_FOREIGN"), outcomes[0]);
        Assert.Equal((StatusCode.ResourceExhausted, "RATE_EXCEEDED"), outcomes[^1]);
    }

    [Fact]
    public async Task Connections_BeyondAnAddresssShare_AreClosedUnread()
    {
        await using var node = await TestNode.StartAsync(new TransportOptions { MaxConnectionsPerAddress = 2 });
        using System.Net.Sockets.TcpClient first = new(), second = new(), third = new();
        foreach (var client in new[] { first, second }) await client.ConnectAsync(node.Peer.Uri.Host, node.Peer.Uri.Port, Cancellation);

        // The third is hung up on; the others wait for a handshake.
        var read = 0;
        try
        {
            await third.ConnectAsync(node.Peer.Uri.Host, node.Peer.Uri.Port, Cancellation);
            read = await third.GetStream().ReadAsync(new byte[1], Cancellation);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // Reset, perhaps as soon as it stood.
        }

        Assert.Equal(0, read);
        first.Close();
        using var honest = TestNode.Connections();
        while (!(await honest.To(node.Peer).StatAsync([], Cancellation)).IsOk)
        {
        }
    }

    [Fact]
    public async Task Calls_OverTheCallersRate_AreRefusedAndOthersAreServed()
    {
        await using var node = await TestNode.StartAsync(new TransportOptions { CallsPerSecond = 1 });
        using var channel = Open(node);
        var outcomes = new List<(StatusCode, string?)?>();
        for (var i = 0; i < 40; i++) outcomes.Add(await ReasonAsync(channel, Token()));

        Assert.Contains((StatusCode.ResourceExhausted, "RATE_EXCEEDED"), outcomes);
        Assert.True(outcomes.Count(o => o is null) >= 10);
        using var other = TestNode.Connections(5);
        Assert.True((await other.To(node.Peer).StatAsync([], Cancellation)).IsOk);
    }

    [Fact]
    public async Task Call_ToANodeWithAnotherKeyThanPublished_NeverHappens()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();

        var reply = await connections.To(node.Peer with { TransportKey = Keccak256.Hash([1]) }).StatAsync([], Cancellation);

        Assert.Equal(PeerOutcome.Unavailable, reply.Outcome);
    }

    [Fact]
    public async Task Call_ByAClientWhoseClockIsAMinuteOff_IsServed()
    {
        await using var node = await TestNode.StartAsync();
        var ahead = new ManualTime(TimeProvider.System.GetUtcNow().AddSeconds(50));
        using var connections = TestNode.Connections(time: ahead);

        Assert.Equal(PeerOutcome.Ok, (await connections.To(node.Peer).StatAsync([], Cancellation)).Outcome);
    }

    [Fact]
    public void Verify_MoreTokensThanAreRemembered_IsCrowdedUntilOldOnesExpire()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var verifier = new TokenVerifier(TestNode.Domain, new DeviceId(7), time, capacity: 2);

        Assert.Equal(TokenVerdict.Valid, verifier.Verify(Token(), Method, _ => true, out _));
        Assert.Equal(TokenVerdict.Valid, verifier.Verify(Token(), Method, _ => true, out _));
        Assert.Equal(TokenVerdict.Crowded, verifier.Verify(Token(), Method, _ => true, out _));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TokenVerdict.Valid, verifier.Verify(Token(life: 170), Method, _ => true, out var caller));
        Assert.Equal(Caller.Address, caller);
    }

    [Fact]
    public void Refusals_EachHasAStatusAndAStableName()
    {
        var lines = Enum.GetValues<Refusal>().Select(r => $"{Refusals.Name(r)} {Refusals.CodeOf(r)}");

        Assert.Equal(
            [
                "INTERNAL Internal", "DEADLINE_REQUIRED InvalidArgument", "TOKEN_MISSING Unauthenticated", "TOKEN_EXPIRED Unauthenticated",
                "TOKEN_FOREIGN Unauthenticated", "TOKEN_REPLAYED Unauthenticated", "CALLER_UNKNOWN PermissionDenied",
                "CALLER_NOT_ALLOWED PermissionDenied", "RATE_EXCEEDED ResourceExhausted", "QUOTA_EXCEEDED ResourceExhausted",
                "MALFORMED InvalidArgument", "WRONG_CONTENT InvalidArgument", "WRONG_OFFSET Aborted", "TOO_LARGE InvalidArgument",
                "STALLED Aborted", "NOT_READY Unavailable", "NOT_FOUND NotFound", "CLAIM_REFUTED FailedPrecondition",
            ],
            lines);
    }

    internal static byte[] Token(
        string method = Method, uint audience = 7, SigningDomain? domain = null, EthereumKey? signer = null, int life = 60)
    {
        var expiry = UnixTime.From(TimeProvider.System.GetUtcNow().AddSeconds(life));
        var token = new CallToken(method, new DeviceId(audience), Caller.Address, expiry, new Hash256(RandomNumberGenerator.GetBytes(32)));
        return token.Sign(domain ?? TestNode.Domain, signer ?? Caller);
    }

    internal static GrpcChannel Open(TestNode node)
    {
#pragma warning disable CA5359, CA2000 // A hostile client need not check keys; the channel disposes its handler.
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359, CA2000
        return GrpcChannel.ForAddress(node.Peer.Uri, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static Task<(StatusCode, string?)?> ReasonAsync(GrpcChannel channel, byte[]? token) =>
        ReasonAsync(channel, token, TimeSpan.FromSeconds(10));

    private static async Task<(StatusCode, string?)?> ReasonAsync(GrpcChannel channel, byte[]? token, TimeSpan? deadline)
    {
        try
        {
            var headers = new Metadata();
            if (token is not null) headers.Add(CallToken.Header, token);
            var at = deadline is { } span ? (DateTime?)(TimeProvider.System.GetUtcNow() + span).UtcDateTime : null;
            await new Wire.BlobService.BlobServiceClient(channel).StatBlobsAsync(new Wire.StatBlobsRequest(), headers, at, Cancellation);
            return null;
        }
        catch (RpcException e)
        {
            return (e.StatusCode, Refusals.ReasonOf(e));
        }
    }

    private sealed class WrongClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
