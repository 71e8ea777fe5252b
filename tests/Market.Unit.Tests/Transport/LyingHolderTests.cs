using Google.Protobuf;
using Grpc.Core;
using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Unit.Tests.Blobs;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Unit.Tests.Transport;

public sealed class LyingHolderTests : IDisposable
{
    private static readonly byte[] Content = ChunkTreeTests.Content(300_000, 4);
    private static readonly ChunkTree Tree = ChunkTreeTests.TreeOf(Content);
    private readonly TempDirectory _directory = new();
    private readonly BlobStore _mine;

    public LyingHolderTests() =>
        _mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "mine") }, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Get_WrongByteInTheThirdChunk_StopsThereAndAnHonestPeerFinishes()
    {
        await using var liar = await TestNode.StartAsync<WrongByte>();
        await using var honest = await TestNode.StartAsync();
        await honest.Store.PutAsync(Content, Token);
        using var connections = TestNode.Connections();

        var get = await connections.To(liar.Peer).GetAsync([Tree.Name], _mine, Token);

        Assert.Equal((PeerOutcome.Faulty, "WRONG_CONTENT"), (get.Outcome, get.Reason));
        Assert.Equal(131_072, _mine.ResumeOffset(Tree.Name));

        var faults = new List<string>();
        var missing = await new BlobFetcher(connections).FetchAsync(
            [Tree.Name], _mine, [liar.Peer, honest.Peer], (_, outcome, reason) => faults.Add($"{outcome} {reason}"), Token);

        Assert.Empty(missing);
        Assert.Equal(["Faulty WRONG_CONTENT"], faults);
        Assert.Equal(Content, await _mine.ReadAsync(Tree.Name, Token));
    }

    [Fact]
    public async Task Get_WrongProof_IsFaulty()
    {
        await using var liar = await TestNode.StartAsync<WrongProof>();
        using var connections = TestNode.Connections();

        var get = await connections.To(liar.Peer).GetAsync([Tree.Name], _mine, Token);

        Assert.Equal((PeerOutcome.Faulty, "WRONG_CONTENT"), (get.Outcome, get.Reason));
        Assert.Equal(0, _mine.ResumeOffset(Tree.Name));
    }

    [Fact]
    public async Task Get_StreamCutShort_KeepsWhatCameAndTheFetcherGoesOn()
    {
        await using var cut = await TestNode.StartAsync<OneChunkPerCall>();
        using var connections = TestNode.Connections();

        var get = await connections.To(cut.Peer).GetAsync([Tree.Name], _mine, Token);
        Assert.Equal((PeerOutcome.Unavailable, "TRUNCATED"), (get.Outcome, get.Reason));
        Assert.Equal(65_536, _mine.ResumeOffset(Tree.Name));

        // Each further call brings one more chunk, so the fetcher stays with this peer until the end.
        Assert.Empty(await new BlobFetcher(connections).FetchAsync([Tree.Name], _mine, [cut.Peer], null, Token));
        Assert.Equal(Content, await _mine.ReadAsync(Tree.Name, Token));
    }

    [Fact]
    public async Task Get_MessageLargerThanAnyHonestOne_IsFaulty()
    {
        await using var liar = await TestNode.StartAsync<Oversized>(new() { MaxMessageBytes = 10_000_000 });
        using var connections = TestNode.Connections();

        var get = await connections.To(liar.Peer).GetAsync([Tree.Name], _mine, Token);

        Assert.Equal(PeerOutcome.Faulty, get.Outcome);
    }

    [Fact]
    public async Task Get_MoreThanWasAskedFor_IsFaulty()
    {
        await using var liar = await TestNode.StartAsync<Chatty>();
        using var connections = TestNode.Connections();

        var get = await connections.To(liar.Peer).GetAsync([new BlobName(Keccak256.Hash([1]), 5)], _mine, Token);

        Assert.Equal((PeerOutcome.Faulty, "UNASKED"), (get.Outcome, get.Reason));
    }

    [Fact]
    public async Task Put_ReceiptThatTheOperatorDidNotSign_IsFaulty()
    {
        await using var liar = await TestNode.StartAsync<WrongReceipt>();
        using var connections = TestNode.Connections();
        await _mine.PutAsync(Content, Token);

        var put = await connections.To(liar.Peer).PutAsync(_mine, [Tree.Name], TimeSpan.FromHours(1), Token);

        Assert.Equal((PeerOutcome.Faulty, "WRONG_SIGNATURE"), (put.Outcome, put.Reason));
    }

    [Fact]
    public async Task Stat_ThrowingService_TellsNothingOfTheException()
    {
        await using var broken = await TestNode.StartAsync<Broken>();
        using var connections = TestNode.Connections();

        var stat = await connections.To(broken.Peer).StatAsync([Tree.Name], Token);

        Assert.Equal((PeerOutcome.Unavailable, "INTERNAL"), (stat.Outcome, stat.Reason));
        Assert.Contains(broken.Log.Lines, l => l.StartsWith("Error 3004", StringComparison.Ordinal) && l.Contains("secret", StringComparison.Ordinal));
    }

    internal static Wire.GetBlobsResponse Message(int index, Action<byte[], byte[]>? bend = null)
    {
        var data = ChunkTreeTests.Chunk(Content, index);
        var siblings = Tree.Siblings(index).SelectMany(s => s.ToArray()).ToArray();
        bend?.Invoke(data, siblings);
        return new() { Chunk = new Wire.BlobChunk { Data = ByteString.CopyFrom(data), Siblings = ByteString.CopyFrom(siblings) } };
    }

    private sealed class WrongByte : Wire.BlobService.BlobServiceBase
    {
        public override async Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context)
        {
            var first = (int)(request.Blobs[0].ResumeOffset / 65_536);
            for (var i = first; i < Tree.Roots.Count; i++)
            {
                await responseStream.WriteAsync(Message(i, (data, _) => data[30_000] ^= (byte)(i == 2 ? 1 : 0)), context.CancellationToken);
            }
        }
    }

    private sealed class WrongProof : Wire.BlobService.BlobServiceBase
    {
        public override Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context) =>
            responseStream.WriteAsync(Message(0, (_, siblings) => siblings[^1] ^= 1), context.CancellationToken);
    }

    private sealed class OneChunkPerCall : Wire.BlobService.BlobServiceBase
    {
        public override Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context) =>
            responseStream.WriteAsync(Message((int)(request.Blobs[0].ResumeOffset / 65_536)), context.CancellationToken);
    }

    private sealed class Oversized : Wire.BlobService.BlobServiceBase
    {
        public override Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context) =>
            responseStream.WriteAsync(
                new Wire.GetBlobsResponse { Chunk = new Wire.BlobChunk { Data = ByteString.CopyFrom(new byte[9_000_000]) } }, context.CancellationToken);
    }

    private sealed class Chatty : Wire.BlobService.BlobServiceBase
    {
        public override async Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context)
        {
            for (var i = 0; i < 10; i++) await responseStream.WriteAsync(new() { Missing = new() }, context.CancellationToken);
        }
    }

    private sealed class WrongReceipt : Wire.BlobService.BlobServiceBase
    {
        public override Task<Wire.StatBlobsResponse> StatBlobs(Wire.StatBlobsRequest request, ServerCallContext context) =>
            Task.FromResult(new Wire.StatBlobsResponse { Statuses = { new Wire.BlobStatus() } });

        public override async Task<Wire.PutBlobsResponse> PutBlobs(IAsyncStreamReader<Wire.PutBlobsRequest> requestStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
            }

            var signature = TestNode.KeyOf(99).Sign(Keccak256.Hash([1])).ToArray();
            return new Wire.PutBlobsResponse { Device = 7, KeptUntil = 1, Signature = ByteString.CopyFrom(signature) };
        }
    }

    private sealed class Broken : Wire.BlobService.BlobServiceBase
    {
        public override Task<Wire.StatBlobsResponse> StatBlobs(Wire.StatBlobsRequest request, ServerCallContext context) =>
            throw new InvalidOperationException("secret");
    }
}
