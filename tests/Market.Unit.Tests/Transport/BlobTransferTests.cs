using Market.Blobs;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Serving;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Transport;

public sealed class BlobTransferTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly BlobStore _mine;

    public BlobTransferTests() =>
        _mine = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "mine") }, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task PutThenGet_ManyBlobsOfAllSizes_ArriveWholeAndOneReceiptCoversThem()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var names = new List<BlobName>();
        foreach (var length in new[] { 0, 1, 128, 65_536, 65_537, 131_072, 400_001 })
        {
            names.Add((await _mine.PutAsync(ChunkTreeTests.Content(length, length), Token)).Name);
        }

        var put = await connections.To(node.Peer).PutAsync(_mine, names, TimeSpan.FromHours(3), Token);

        Assert.Equal(PeerOutcome.Ok, put.Outcome);
        var receipt = Assert.Single(put.Value!);
        Assert.Equal(names, receipt.Blobs);
        Assert.True(receipt.IsSignedBy(TestNode.Domain, TestNode.OperatorKey.Address));
        Assert.False((receipt with { KeptUntil = receipt.KeptUntil.Plus(1) }).IsSignedBy(TestNode.Domain, TestNode.OperatorKey.Address));
        Assert.All(names, n => Assert.True(node.Store.KeptUntil(n) >= receipt.KeptUntil.ToDateTimeOffset()));

        var other = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "other") }, TimeProvider.System);
        var unknown = new BlobName(Keccak256.Hash([9]), 100);
        var get = await connections.To(node.Peer).GetAsync([unknown, .. names], other, Token);

        Assert.Equal(PeerOutcome.Ok, get.Outcome);
        Assert.Equal([unknown], get.Value);
        foreach (var name in names) Assert.Equal(await _mine.ReadAsync(name, Token), await other.ReadAsync(name, Token));
        Assert.Empty(node.Log.Lines);
    }

    [Fact]
    public async Task Put_OfWhatIsHeld_SendsNothingAndStillGivesAReceipt()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var name = (await _mine.PutAsync(ChunkTreeTests.Content(500_000, 1), Token)).Name;
        await connections.To(node.Peer).PutAsync(_mine, [name], TimeSpan.FromMinutes(5), Token);
        _mine.Delete(name);

        var again = await connections.To(node.Peer).PutAsync(_mine, [name], TimeSpan.FromHours(5), Token);

        Assert.Equal(PeerOutcome.Ok, again.Outcome);
        Assert.True(node.Store.KeptUntil(name) > TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(4));
    }

    [Fact]
    public async Task Put_AfterAnInterruption_GoesOnWhereItStopped()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var content = ChunkTreeTests.Content(300_000, 1);
        var tree = ChunkTreeTests.TreeOf(content);
        await _mine.PutAsync(content, Token);
        var (_, writer) = await node.Store.WriteAsync(tree.Name, Token);
        await writer!.AppendAsync(ChunkTreeTests.Chunk(content, 0), tree.Siblings(0), Token);
        await writer.AppendAsync(ChunkTreeTests.Chunk(content, 1), tree.Siblings(1), Token);
        writer.Dispose();

        var stat = await connections.To(node.Peer).StatAsync([tree.Name], Token);
        var put = await connections.To(node.Peer).PutAsync(_mine, [tree.Name], TimeSpan.FromHours(1), Token);

        Assert.Equal(131_072, stat.Value![0].ResumeOffset);
        Assert.Equal(PeerOutcome.Ok, put.Outcome);
        Assert.Equal(content, await node.Store.ReadAsync(tree.Name, Token));
    }

    [Fact]
    public async Task Put_TheSameBlobFromManySidesAtOnce_AllGetReceipts()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var name = (await _mine.PutAsync(ChunkTreeTests.Content(200_000, 1), Token)).Name;

        var puts = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            connections.To(node.Peer).PutAsync(_mine, [name], TimeSpan.FromHours(1), Token)));

        Assert.All(puts, p => Assert.True(p.Outcome is PeerOutcome.Ok or PeerOutcome.Busy, p.Reason));
        Assert.Contains(puts, p => p.IsOk);
        Assert.True(node.Store.Holds(name));
    }

    [Fact]
    public async Task Put_OverTheCallersShare_IsRefusedAndOthersAreServed()
    {
        await using var node = await TestNode.StartAsync(new TransportOptions { BytesPerCaller = 100_000 });
        using var greedy = TestNode.Connections(2);
        using var modest = TestNode.Connections(3);
        var first = (await _mine.PutAsync(ChunkTreeTests.Content(80_000, 1), Token)).Name;
        var second = (await _mine.PutAsync(ChunkTreeTests.Content(80_000, 2), Token)).Name;
        Assert.True((await greedy.To(node.Peer).PutAsync(_mine, [first], TimeSpan.FromHours(1), Token)).IsOk);

        var refused = await greedy.To(node.Peer).PutAsync(_mine, [second], TimeSpan.FromHours(1), Token);

        Assert.Equal(PeerOutcome.Busy, refused.Outcome);
        Assert.Equal("QUOTA_EXCEEDED", refused.Reason);
        Assert.True((await modest.To(node.Peer).PutAsync(_mine, [second], TimeSpan.FromHours(1), Token)).IsOk);
    }

    [Fact]
    public async Task Put_IntoAFullStore_IsRefused()
    {
        await using var node = await TestNode.StartAsync(quota: 50_000);
        using var connections = TestNode.Connections();
        var name = (await _mine.PutAsync(ChunkTreeTests.Content(80_000, 1), Token)).Name;

        var refused = await connections.To(node.Peer).PutAsync(_mine, [name], TimeSpan.FromHours(1), Token);

        Assert.Equal((PeerOutcome.Busy, "QUOTA_EXCEEDED"), (refused.Outcome, refused.Reason));
        Assert.Equal(0, node.Store.UsedBytes);
    }

    [Fact]
    public async Task Get_AfterTheHoldersDiskRotted_IsUnavailableAndSaysNothingMore()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var name = (await node.Store.PutAsync(ChunkTreeTests.Content(1000, 1), Token)).Name;
        await File.WriteAllBytesAsync(node.Store.PathOf(name)!, new byte[1000], Token);

        var get = await connections.To(node.Peer).GetAsync([name], _mine, Token);

        Assert.Equal((PeerOutcome.Unavailable, "NOT_READY"), (get.Outcome, get.Reason));
        Assert.Contains("Warning 3003", Assert.Single(node.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_IntoAFullStore_IsNoRoom()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        var name = (await node.Store.PutAsync(ChunkTreeTests.Content(100_000, 1), Token)).Name;
        var small = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "small"), QuotaBytes = 10 }, TimeProvider.System);

        var get = await connections.To(node.Peer).GetAsync([name], small, Token);

        Assert.Equal(PeerOutcome.NoRoom, get.Outcome);
    }

    [Fact]
    public async Task Get_Cancelled_Throws()
    {
        await using var node = await TestNode.StartAsync();
        using var connections = TestNode.Connections();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            connections.To(node.Peer).GetAsync([new BlobName(default, 5)], _mine, cancelled.Token));
    }
}
