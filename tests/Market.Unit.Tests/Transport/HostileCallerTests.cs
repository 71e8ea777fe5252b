using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Market.Blobs;
using Market.Domain.Identity;
using Market.Hashing;
using Market.Transport.Serving;
using Market.Transport.Tokens;
using Market.Unit.Tests.Blobs;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Unit.Tests.Transport;

/// <summary>Callers with a valid token that do their worst. MARKET_FUZZ_CASES sets how many cases each fuzz test tries.</summary>
public sealed class HostileCallerTests
{
    private const string Service = "market.blobs.v1.BlobService";
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create<byte[]>(b => b, b => b);
    private static readonly TransportOptions Open = new() { CallsPerSecond = 100_000, CallsAtOnce = 100 };

    private static int Cases { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("MARKET_FUZZ_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 150;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("StatBlobs", MethodType.Unary)]
    [InlineData("GetBlobs", MethodType.ServerStreaming)]
    [InlineData("PutBlobs", MethodType.ClientStreaming)]
    public async Task RandomBytes_ToAnyMethod_EndInAStatusAndNothingIsKept(string method, MethodType type)
    {
        await using var node = await TestNode.StartAsync(Open);
        using var channel = CallGateTests.Open(node);
#pragma warning disable RS0030 // Seeded.
        var random = new Random(20_261_122);
#pragma warning restore RS0030
        for (var i = 0; i < Cases; i++)
        {
            var message = new byte[random.Next(0, 400)];
            random.NextBytes(message);

            var status = await SendAsync(channel, method, type, [message]);

            Assert.True(status is StatusCode.OK or StatusCode.InvalidArgument, $"case {i}: {status}");
        }

        await AssertServesAsync(node);
        Assert.Equal(0, node.Store.UsedBytes);
        Assert.Empty(node.Log.Lines);
    }

    [Fact]
    public async Task RandomUploads_OfWellFormedMessages_NeverStoreAnythingWrong()
    {
        await using var node = await TestNode.StartAsync(Open);
        using var channel = CallGateTests.Open(node);
#pragma warning disable RS0030 // Seeded.
        var random = new Random(20_261_123);
#pragma warning restore RS0030
        var content = ChunkTreeTests.Content(150_000, 1);
        var tree = ChunkTreeTests.TreeOf(content);
        for (var i = 0; i < Cases; i++)
        {
            var messages = new List<byte[]>();
            for (var m = random.Next(1, 5); m > 0; m--) messages.Add(RandomMessage(random, content, tree).ToByteArray());

            var status = await SendAsync(channel, "PutBlobs", MethodType.ClientStreaming, messages);

            Assert.True(
                status is StatusCode.OK or StatusCode.InvalidArgument or StatusCode.Aborted or StatusCode.ResourceExhausted, $"case {i}: {status}");
        }

        foreach (var name in node.Store.List()) Assert.Equal(name, BlobName.Of((await node.Store.ReadAsync(name, Token))!));
        Assert.Empty(node.Log.Lines);
        await AssertServesAsync(node);
    }

    [Fact]
    public void Tokens_WithAnyBitFlipped_AreNeverValid()
    {
        var verifier = new TokenVerifier(TestNode.Domain, new DeviceId(7), TimeProvider.System, 10_000);
        const string method = "/market.blobs.v1.BlobService/StatBlobs";
        var token = CallGateTests.Token();
        for (var i = 0; i < Math.Min(Cases, token.Length * 8); i++)
        {
            var bent = token.ToArray();
            var bit = i * 41 % (token.Length * 8);
            bent[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.NotEqual(TokenVerdict.Valid, verifier.Verify(bent, method, _ => true, out _));
        }

        Assert.Equal(TokenVerdict.Valid, verifier.Verify(token, method, _ => true, out _));
    }

    [Fact]
    public async Task Message_LargerThanAllowed_IsRefused()
    {
        await using var node = await TestNode.StartAsync(Open);
        using var channel = CallGateTests.Open(node);
        var chunk = new Wire.PutBlobsRequest { Chunk = new Wire.BlobChunk { Data = ByteString.CopyFrom(new byte[200_000]) } };

        var status = await SendAsync(channel, "PutBlobs", MethodType.ClientStreaming, [chunk.ToByteArray()]);

        Assert.Equal(StatusCode.ResourceExhausted, status);
    }

    [Theory]
    [InlineData("StatBlobs", 1, null, StatusCode.ResourceExhausted)]
    [InlineData("PutBlobs", 1, null, StatusCode.ResourceExhausted)]
    [InlineData("PutBlobs", 77, null, StatusCode.InvalidArgument)]
    [InlineData("PutBlobs", 0, 0xFFFF_FFF0u, StatusCode.InvalidArgument)]
    [InlineData("PutBlobs", 0, 0x7FFF_FFF0u, StatusCode.ResourceExhausted)]
    public async Task Frame_ThatLies_EndsInAClearStatus(string method, byte flag, uint? length, StatusCode expected)
    {
        await using var node = await TestNode.StartAsync(Open);

        // Ten kilobytes that unpack to ten megabytes.
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(new byte[10_000_000]);
        var body = new byte[5 + packed.Length];
        body[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(1), length ?? (uint)packed.Length);
        packed.ToArray().CopyTo(body, 5);
#pragma warning disable CA5359 // A hostile client need not check keys.
        using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Peer.Uri, $"/{Service}/{method}"))
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/grpc") } },
        };
        request.Headers.Add("grpc-encoding", "gzip");
        request.Headers.Add("grpc-timeout", "20S");
        request.Headers.Add("te", "trailers");
        request.Headers.Add(CallToken.Header, Convert.ToBase64String(CallGateTests.Token($"/{Service}/{method}")));

        using var response = await http.SendAsync(request, Token);

        Assert.Contains(response.Headers.Concat(response.TrailingHeaders), h => h.Key == "grpc-status" && h.Value.Single() == ((int)expected).ToString(CultureInfo.InvariantCulture));
        Assert.Empty(node.Log.Lines);
        await AssertServesAsync(node);
    }

    [Fact]
    public async Task Requests_ForTooManyBlobsOrMalformedNames_AreRefused()
    {
        await using var node = await TestNode.StartAsync(Open);
        using var channel = CallGateTests.Open(node);
        var name = new BlobName(Keccak256.Hash([1]), 100);
        var many = new Wire.StatBlobsRequest();
        for (var i = 0; i < 1025; i++) many.Blobs.Add(Name(name));
        var unaligned = new Wire.GetBlobsRequest { Blobs = { new Wire.BlobRange { Blob = Name(name), ResumeOffset = 5 } } };
        var beyond = new Wire.GetBlobsRequest { Blobs = { new Wire.BlobRange { Blob = Name(name), ResumeOffset = 65_536 } } };
        var endless = new Wire.StatBlobsRequest { Blobs = { new Wire.BlobName { Root = ByteString.CopyFrom(new byte[32]), Length = ulong.MaxValue } } };
        var stub = new Wire.StatBlobsRequest { Blobs = { new Wire.BlobName { Root = ByteString.CopyFrom(new byte[31]), Length = 1 } } };

        Assert.Equal(StatusCode.InvalidArgument, await SendAsync(channel, "StatBlobs", MethodType.Unary, [many.ToByteArray()]));
        Assert.Equal(StatusCode.InvalidArgument, await SendAsync(channel, "GetBlobs", MethodType.ServerStreaming, [unaligned.ToByteArray()]));
        Assert.Equal(StatusCode.InvalidArgument, await SendAsync(channel, "GetBlobs", MethodType.ServerStreaming, [beyond.ToByteArray()]));
        Assert.Equal(StatusCode.InvalidArgument, await SendAsync(channel, "StatBlobs", MethodType.Unary, [endless.ToByteArray()]));
        Assert.Equal(StatusCode.InvalidArgument, await SendAsync(channel, "StatBlobs", MethodType.Unary, [stub.ToByteArray()]));
    }

    [Fact]
    public async Task SilentUploads_AreEndedAndOthersAreServedMeanwhile()
    {
        await using var node = await TestNode.StartAsync(Open with { MaxStall = TimeSpan.FromMilliseconds(500) });
        using var channel = CallGateTests.Open(node);
        var silent = Enumerable.Range(0, 20).Select(_ => Uploading(channel)).ToList();

        await AssertServesAsync(node);
        foreach (var call in silent)
        {
            var e = await Assert.ThrowsAsync<RpcException>(async () => await call);
            Assert.Equal("STALLED", Refusals.ReasonOf(e));
            call.Dispose();
        }
    }

    [Fact]
    public async Task ReaderThatDoesNotRead_IsCutOffAndOthersAreServedMeanwhile()
    {
        await using var node = await TestNode.StartAsync(Open with { MaxStall = TimeSpan.FromMilliseconds(500), CallsAtOnce = 1 });
        var name = (await node.Store.PutAsync(ChunkTreeTests.Content(24_000_000, 1), Token)).Name;
        using var channel = CallGateTests.Open(node);
        var request = new Wire.GetBlobsRequest { Blobs = { new Wire.BlobRange { Blob = Name(name) } } };
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            Method("GetBlobs", MethodType.ServerStreaming), null, Options("GetBlobs"), request.ToByteArray());
        await call.ResponseHeadersAsync;
        await AssertServesAsync(node);

        // Nothing is read until the node has given up, which it shows by letting the caller's only place be taken again.
        while (await SendAsync(channel, "StatBlobs", MethodType.Unary, [[]]) == StatusCode.ResourceExhausted)
        {
        }

        var e = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(Token))
            {
            }
        });
        Assert.Equal("STALLED", Refusals.ReasonOf(e));
    }

    [Fact]
    public async Task MoreCallsAtOnceThanAllowed_AreRefusedAndOthersAreServedMeanwhile()
    {
        await using var node = await TestNode.StartAsync(Open with { CallsAtOnce = 4 });
        using var channel = CallGateTests.Open(node);
        var held = Enumerable.Range(0, 12).Select(_ => Uploading(channel)).ToList();

        var refused = 0;
        for (var i = 0; i < 8; i++)
        {
            var ended = await Task.WhenAny(held.Select(c => c.ResponseAsync));
            var e = await Assert.ThrowsAsync<RpcException>(() => ended);
            Assert.Equal("RATE_EXCEEDED", Refusals.ReasonOf(e));
            refused += held.RemoveAll(c => c.ResponseAsync == ended);
        }

        await AssertServesAsync(node);
        Assert.Equal(8, refused);
        held.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task SilentConnections_DoNotKeepOthersOut()
    {
        await using var node = await TestNode.StartAsync(Open);
        var silent = new List<TcpClient>();
        for (var i = 0; i < 50; i++)
        {
            var client = new TcpClient();
            silent.Add(client);
            await client.ConnectAsync(node.Peer.Uri.Host, node.Peer.Uri.Port, Token);
        }

        await AssertServesAsync(node);
        silent.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Uploads_BegunAndLeft_TakeOnlyTheCallersShareAndNoDisk()
    {
        await using var node = await TestNode.StartAsync(Open with { BytesPerCaller = 1_000_000 }, quota: 3_000_000);
        using var channel = CallGateTests.Open(node);
        var statuses = new List<StatusCode>();
        for (byte i = 0; i < 10; i++)
        {
            var begin = new Wire.PutBlobsRequest
            {
                Blob = new Wire.PutBlob { Blob = Name(new BlobName(Keccak256.Hash([i]), 400_000)), KeepSeconds = 3600 },
            };
            statuses.Add(await SendAsync(channel, "PutBlobs", MethodType.ClientStreaming, [begin.ToByteArray()]));
        }

        // Two begin, and end malformed because nothing follows; the others are over the share.
        Assert.Equal(2, statuses.Count(s => s == StatusCode.InvalidArgument));
        Assert.Equal(8, statuses.Count(s => s == StatusCode.ResourceExhausted));
        Assert.Equal(0, node.Store.UsedBytes);
        await AssertServesAsync(node);
    }

    private static Wire.BlobName Name(BlobName name) => new() { Root = ByteString.CopyFrom(name.Root.ToArray()), Length = (ulong)name.Length };

    private static Wire.PutBlobsRequest RandomMessage(Random random, byte[] content, ChunkTree tree)
    {
        var index = random.Next(0, 3);
        if (random.Next(2) == 0)
        {
            var name = random.Next(4) == 0 ? new BlobName(tree.Name.Root, random.Next(0, 200_000)) : tree.Name;
            return new()
            {
                Blob = new Wire.PutBlob { Blob = Name(name), KeepSeconds = (uint)random.Next(0, 3), ResumeOffset = (ulong)(65_536 * (index == 2 ? 0 : index)) },
            };
        }

        var data = ChunkTreeTests.Chunk(content, index);
        var siblings = tree.Siblings(random.Next(4) == 0 ? random.Next(0, 3) : index).SelectMany(s => s.ToArray()).ToArray();
        if (random.Next(4) == 0) data[random.Next(data.Length)] ^= 1;
        if (random.Next(8) == 0) data = data[..random.Next(data.Length)];
        if (random.Next(8) == 0) siblings = siblings[..random.Next(siblings.Length)];
        return new() { Chunk = new Wire.BlobChunk { Data = ByteString.CopyFrom(data), Siblings = ByteString.CopyFrom(siblings) } };
    }

    private static Method<byte[], byte[]> Method(string name, MethodType type) => new(type, Service, name, Raw, Raw);

    private static CallOptions Options(string method) => new(
        new Metadata { { CallToken.Header, CallGateTests.Token($"/{Service}/{method}") } },
        (TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(60)).UtcDateTime,
        Token);

    private static AsyncClientStreamingCall<byte[], byte[]> Uploading(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncClientStreamingCall(Method("PutBlobs", MethodType.ClientStreaming), null, Options("PutBlobs"));

    private static async Task<StatusCode> SendAsync(GrpcChannel channel, string method, MethodType type, List<byte[]> messages)
    {
        var invoker = channel.CreateCallInvoker();
        try
        {
            switch (type)
            {
                case MethodType.Unary:
                    await invoker.AsyncUnaryCall(Method(method, type), null, Options(method), messages[0]);
                    break;
                case MethodType.ServerStreaming:
                    using (var reading = invoker.AsyncServerStreamingCall(Method(method, type), null, Options(method), messages[0]))
                    {
                        while (await reading.ResponseStream.MoveNext(Token))
                        {
                        }
                    }

                    break;
                default:
                    using (var writing = Uploading(channel))
                    {
                        try
                        {
                            foreach (var message in messages) await writing.RequestStream.WriteAsync(message, Token);
                            await writing.RequestStream.CompleteAsync();
                        }
                        catch (Exception e) when (e is RpcException or InvalidOperationException or HttpRequestException)
                        {
                            // The node has ended the call; its status follows.
                        }

                        await writing;
                    }

                    break;
            }

            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task AssertServesAsync(TestNode node)
    {
        using var honest = TestNode.Connections(200);
        var reply = await honest.To(node.Peer).StatAsync([new BlobName(default, 1)], Token);
        Assert.True(reply.IsOk, reply.Reason);
    }
}
