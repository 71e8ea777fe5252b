using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Market.Blobs;
using Market.Transport.Peers;
using Market.Unit.Tests.Blobs;
using Wire = Market.Transport.Blobs.V1;

namespace Market.Unit.Tests.Transport;

/// <summary>One large blob from several holders at once, of whom some lie, stall or vanish on the way.</summary>
public sealed class ManyHoldersTests : IDisposable
{
    private const int Chunks = 60;
    private static readonly byte[] Content = ChunkTreeTests.Content((Chunks * 65_536) - 5, 4);
    private static readonly ChunkTree Tree = ChunkTreeTests.TreeOf(Content);

    // Right chunks by the kind of holder that sent them.
    private static readonly ConcurrentBag<(Type Holder, int Chunk)> Sent = [];

    private readonly TempDirectory _directory = new();
    private readonly BlobStore _mine;

    public ManyHoldersTests() => _mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "mine") }, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Fetch_WithALiarASleeperAndAVanisherAmongTheHolders_IsWholeAndTheSteadyOnesShareIt()
    {
        Sent.Clear();
        await using var liar = await TestNode.StartAsync<Liar>();
        await using var sleeper = await TestNode.StartAsync<Sleeper>();
        await using var vanisher = await TestNode.StartAsync<Vanisher>();
        await using var one = await TestNode.StartAsync<One>();
        await using var other = await TestNode.StartAsync<Other>();
        await using var empty = await TestNode.StartAsync();
        using var connections = new PeerConnections(TestNode.Domain, TestNode.KeyOf(2), TimeProvider.System, RandomNumberGenerator.Create(), stall: TimeSpan.FromSeconds(1));
        var faults = new ConcurrentDictionary<Peer, PeerOutcome>();

        var missing = await new BlobFetcher(connections).FetchAsync(
            [Tree.Name], _mine, [liar.Peer, sleeper.Peer, vanisher.Peer, empty.Peer, one.Peer, other.Peer], (peer, outcome, _) => faults[peer] = outcome, Token);

        Assert.Empty(missing);
        Assert.Equal(Content, await _mine.ReadAsync(Tree.Name, Token));
        Assert.Equal(PeerOutcome.Faulty, faults[liar.Peer]);
        Assert.Equal(PeerOutcome.TimedOut, faults[sleeper.Peer]);
        Assert.Equal(PeerOutcome.Unavailable, faults[vanisher.Peer]);
        Assert.DoesNotContain(one.Peer, faults.Keys);
        Assert.DoesNotContain(other.Peer, faults.Keys);

        // Both steady holders took part, and none was asked for a chunk that had been proven.
        var steady = Sent.Where(s => s.Holder == typeof(One) || s.Holder == typeof(Other)).ToList();
        Assert.Equal(2, steady.Select(s => s.Holder).Distinct().Count());
        Assert.Distinct(steady.Select(s => s.Chunk));
        Assert.DoesNotContain(steady, s => Sent.Contains((typeof(Liar), s.Chunk)));
    }

    [Fact]
    public async Task Fetch_BrokenOffAndBegunAnew_AsksOnlyForWhatIsMissing()
    {
        Sent.Clear();
        await using var vanisher = await TestNode.StartAsync<Vanisher>();
        await using var one = await TestNode.StartAsync<One>();
        using var connections = TestNode.Connections();
        var (_, writer) = await _mine.WriteAsync(Tree.Name, Token);
        foreach (var i in new[] { 3, 4, 40 }) await writer!.PutAsync(i, ChunkTreeTests.Chunk(Content, i), Tree.Siblings(i), Token);
        writer!.Dispose();

        Assert.Equal([Tree.Name], await new BlobFetcher(connections).FetchAsync([Tree.Name], _mine, [vanisher.Peer], null, Token));
        Assert.Empty(await new BlobFetcher(connections).FetchAsync([Tree.Name], _mine, [one.Peer], null, Token));

        Assert.Equal(Content, await _mine.ReadAsync(Tree.Name, Token));
        Assert.DoesNotContain(Sent, s => s.Chunk is 3 or 4 or 40);
    }

    [Fact]
    public async Task Fetch_ThousandsOfBlobsThatTwoHoldersHalve_BringsAll()
    {
        await using var even = await TestNode.StartAsync();
        await using var odd = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var names = new List<Market.Hashing.BlobName>();
        for (var i = 0; i < 600; i++) names.Add((await (i % 2 == 0 ? even : odd).Store.PutAsync(ChunkTreeTests.Content(100 + i, i), Token)).Name);

        var missing = await new BlobFetcher(connections).FetchAsync([.. names, new(default, 7)], _mine, [even.Peer, odd.Peer], null, Token);

        Assert.Equal([new(default, 7)], missing);
        Assert.All(names, n => Assert.True(_mine.Holds(n)));
        Assert.Equal(names.Sum(n => n.Length), _mine.UsedBytes);
    }

    /// <summary>Serves ranges; what it does at each chunk is the subclass's.</summary>
    private abstract class Holder : Wire.BlobService.BlobServiceBase
    {
        public override async Task GetBlobs(Wire.GetBlobsRequest request, IServerStreamWriter<Wire.GetBlobsResponse> responseStream, ServerCallContext context)
        {
            var sent = 0;
            foreach (var range in request.Blobs)
            {
                var first = (int)(range.ResumeOffset / 65_536);
                for (var i = first; i < first + (int)((range.Length + 65_535) / 65_536); i++)
                {
                    var (data, siblings) = (ChunkTreeTests.Chunk(Content, i), Tree.Siblings(i).SelectMany(s => s.ToArray()).ToArray());
                    if (!await BeforeAsync(sent++, data, context)) return;
                    await responseStream.WriteAsync(new() { Chunk = new() { Data = ByteString.CopyFrom(data), Siblings = ByteString.CopyFrom(siblings) } }, context.CancellationToken);
                    if (ChunkTreeTests.Chunk(Content, i).AsSpan().SequenceEqual(data)) Sent.Add((GetType(), i));
                }
            }
        }

        protected virtual Task<bool> BeforeAsync(int sent, byte[] data, ServerCallContext context) => Task.FromResult(true);
    }

    private sealed class One : Holder;

    private sealed class Other : Holder;

    private sealed class Liar : Holder
    {
        protected override Task<bool> BeforeAsync(int sent, byte[] data, ServerCallContext context)
        {
            if (sent == 2) data[70] ^= 1;
            return Task.FromResult(sent <= 2);
        }
    }

    private sealed class Sleeper : Holder
    {
        protected override async Task<bool> BeforeAsync(int sent, byte[] data, ServerCallContext context)
        {
            if (sent == 1) await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return true;
        }
    }

    private sealed class Vanisher : Holder
    {
        private static int _calls;

        protected override Task<bool> BeforeAsync(int sent, byte[] data, ServerCallContext context)
        {
            // Gone in the middle of its first call; afterwards not there at all.
            if (sent == 1 || Interlocked.Increment(ref _calls) > 1) context.GetHttpContext().Abort();
            return Task.FromResult(true);
        }
    }
}
