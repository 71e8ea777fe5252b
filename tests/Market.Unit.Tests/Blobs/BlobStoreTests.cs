using Market.Blobs;
using Market.Hashing;

namespace Market.Unit.Tests.Blobs;

public sealed class BlobStoreTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddYears(56));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public async Task Put_AnyLength_ReadsBackUnderItsNameAfterReopening(int length)
    {
        var content = ChunkTreeTests.Content(length, 1);

        var put = await Open().PutAsync(content, Token);

        Assert.Equal(new BlobPut(BlobOutcome.Stored, BlobName.Of(content)), put);
        var reopened = Open();
        Assert.Equal(content, await reopened.ReadAsync(put.Name, Token));
        Assert.Equal(length, reopened.UsedBytes);
        Assert.Equal([put.Name], reopened.List());
    }

    [Fact]
    public async Task Put_Twice_TakesTheQuotaOnce()
    {
        var store = Open();
        var content = ChunkTreeTests.Content(100_000, 2);

        await store.PutAsync(content, Token);
        await store.PutAsync(content, Token);

        Assert.Equal(100_000, store.UsedBytes);
    }

    [Fact]
    public async Task Put_OverTheQuota_RefusesAndKeepsWhatIsHeld()
    {
        var store = Open(quota: 100_000);
        var held = (await store.PutAsync(ChunkTreeTests.Content(60_000, 1), Token)).Name;

        var refused = await store.PutAsync(ChunkTreeTests.Content(60_000, 2), Token);

        Assert.Equal(BlobOutcome.QuotaExceeded, refused.Outcome);
        Assert.True(store.Holds(held));
        Assert.Equal(60_000, store.UsedBytes);
    }

    [Fact]
    public async Task Put_OverTheQuotaAfterThePromiseIsOver_EvictsTheLongestOverdue()
    {
        var store = Open(quota: 130_000);
        var first = (await store.PutAsync(ChunkTreeTests.Content(60_000, 1), Token)).Name;
        var second = (await store.PutAsync(ChunkTreeTests.Content(60_000, 2), Token)).Name;
        Assert.True(store.Keep(second, _time.GetUtcNow() + TimeSpan.FromHours(1.5)));
        _time.Advance(TimeSpan.FromHours(2));

        var third = await store.PutAsync(ChunkTreeTests.Content(60_000, 3), Token);

        Assert.Equal(BlobOutcome.Stored, third.Outcome);
        Assert.False(store.Holds(first));
        Assert.True(store.Holds(second));
        Assert.Null(await store.ReadAsync(first, Token));
    }

    [Fact]
    public async Task Keep_SurvivesReopeningAndNeverShortens()
    {
        var store = Open();
        var name = (await store.PutAsync(ChunkTreeTests.Content(10, 1), Token)).Name;
        var until = _time.GetUtcNow() + TimeSpan.FromDays(3);

        Assert.True(store.Keep(name, until));
        Assert.True(store.Keep(name, _time.GetUtcNow()));

        Assert.Equal(until, store.KeptUntil(name));
        Assert.Equal(until, Open().KeptUntil(name));
        Assert.False(store.Keep(new BlobName(Hash256.Zero, 1), until));
    }

    [Fact]
    public async Task Put_LongerThanOneBlobMayBe_Refuses()
    {
        var store = Open(max: 1000);

        var put = await store.PutAsync(ChunkTreeTests.Content(1001, 1), Token);

        Assert.Equal(BlobOutcome.TooLarge, put.Outcome);
        Assert.Equal(BlobOutcome.TooLarge, (await store.WriteAsync(new BlobName(default, 1001), Token)).Outcome);
        Assert.Equal(0, store.UsedBytes);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(200_000)]
    public async Task Read_AfterAByteRottedOnDisk_SaysSoAndDropsTheBlob(int length)
    {
        var store = Open();
        var name = (await store.PutAsync(ChunkTreeTests.Content(length, 1), Token)).Name;
        var path = store.PathOf(name)!;
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        await Assert.ThrowsAsync<BlobDamagedException>(() => store.ReadAsync(name, Token));

        Assert.False(store.Holds(name));
        Assert.Equal(0, store.UsedBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(199_999)]
    public async Task ReadForPeer_AfterAByteRottedOnDisk_SaysSoAndDropsTheBlob(int at)
    {
        var store = Open();
        var name = (await store.PutAsync(ChunkTreeTests.Content(200_000, 1), Token)).Name;
        var path = store.PathOf(name)!;
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[at] ^= 0x10;
        await File.WriteAllBytesAsync(path, bytes, Token);
        using var reader = store.OpenRead(name)!;

        await Assert.ThrowsAsync<BlobDamagedException>(() => reader.ReadForPeerAsync(at / ChunkTree.ChunkSize, new byte[ChunkTree.ChunkSize], Token));

        Assert.False(store.Holds(name));
    }

    [Fact]
    public async Task ReadForPeer_OfAStoreWithoutChecks_HashesInstead()
    {
        var store = Open();
        var content = ChunkTreeTests.Content(200_000, 1);
        var name = (await store.PutAsync(content, Token)).Name;
        var tree = store.PathOf(name) + ".tree";
        await File.WriteAllBytesAsync(tree, (await File.ReadAllBytesAsync(tree, Token))[..(4 * 32)], Token);
        using var reader = store.OpenRead(name)!;
        var chunk = new byte[ChunkTree.ChunkSize];

        Assert.Equal(ChunkTree.ChunkSize, await reader.ReadForPeerAsync(1, chunk, Token));

        Assert.Equal(ChunkTreeTests.Chunk(content, 1).ToArray(), chunk);
    }

    [Fact]
    public void Check_OfAnyLength_ChangesWithEveryByte()
    {
        Span<byte> encoded = stackalloc byte[ChunkCheck.Size];
        foreach (var length in new[] { 0, 1, 7, 8, 9, 31, 32, 33, 63, 100, 257 })
        {
            var content = ChunkTreeTests.Content(length, 3);
            var check = ChunkCheck.Of(content);
            check.Write(encoded);

            Assert.Equal(check, ChunkCheck.Read(encoded));
            for (var i = 0; i < length; i++)
            {
                content[i] ^= 1;
                Assert.NotEqual(check, ChunkCheck.Of(content));
                content[i] ^= 1;
            }
        }
    }

    [Fact]
    public async Task OpenRead_AfterItsTreeRotted_SaysSo()
    {
        var store = Open();
        var name = (await store.PutAsync(ChunkTreeTests.Content(200_000, 1), Token)).Name;
        var path = store.PathOf(name) + ".tree";
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        Assert.Throws<BlobDamagedException>(() => store.OpenRead(name));
    }

    [Fact]
    public void Open_ClosesItsDirectoryToOthers()
    {
        if (OperatingSystem.IsWindows()) return;

        Open();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(_directory.Path, "blobs")));
    }

    [Fact]
    public async Task Write_ChunkByChunk_StoresWithTheLast()
    {
        var store = Open();
        var content = ChunkTreeTests.Content(200_000, 5);
        var tree = ChunkTreeTests.TreeOf(content);

        var (begun, writer) = await store.WriteAsync(tree.Name, Token);
        Assert.Equal(BlobOutcome.Accepted, begun);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(i * 65_536, writer!.Offset);
            var outcome = await writer.AppendAsync(ChunkTreeTests.Chunk(content, i), tree.Siblings(i), Token);
            Assert.Equal(i == 3 ? BlobOutcome.Stored : BlobOutcome.Accepted, outcome);
        }

        Assert.Equal(content, await store.ReadAsync(tree.Name, Token));
        Assert.Equal(200_000, store.UsedBytes);
        Assert.Equal(BlobOutcome.Stored, (await store.WriteAsync(tree.Name, Token)).Outcome);
    }

    [Fact]
    public async Task Write_Interrupted_ResumesInAnotherProcessWhereItStopped()
    {
        var content = ChunkTreeTests.Content(200_000, 5);
        var tree = ChunkTreeTests.TreeOf(content);
        var (_, writer) = await Open().WriteAsync(tree.Name, Token);
        await writer!.AppendAsync(ChunkTreeTests.Chunk(content, 0), tree.Siblings(0), Token);
        await writer.AppendAsync(ChunkTreeTests.Chunk(content, 1), tree.Siblings(1), Token);
        writer.Dispose();

        var store = Open();
        Assert.Equal(200_000, store.UsedBytes);
        var (_, resumed) = await store.WriteAsync(tree.Name, Token);

        Assert.Equal(131_072, resumed!.Offset);
        await resumed.AppendAsync(ChunkTreeTests.Chunk(content, 2), tree.Siblings(2), Token);
        await resumed.AppendAsync(ChunkTreeTests.Chunk(content, 3), tree.Siblings(3), Token);
        Assert.Equal(content, await store.ReadAsync(tree.Name, Token));
    }

    [Fact]
    public async Task Write_AfterACrashToreAChunk_OnlyThatOneIsMissing()
    {
        var content = ChunkTreeTests.Content(200_000, 5);
        var tree = ChunkTreeTests.TreeOf(content);
        var store = Open();
        var (_, writer) = await store.WriteAsync(tree.Name, Token);
        foreach (var i in new[] { 0, 1, 3 }) await writer!.PutAsync(i, ChunkTreeTests.Chunk(content, i), tree.Siblings(i), Token);
        writer!.Dispose();
        var partial = Directory.GetFiles(Path.Combine(_directory.Path, "blobs", "partial")).Single();
        var bytes = await File.ReadAllBytesAsync(partial, Token);
        bytes[9] ^= 1;
        await File.WriteAllBytesAsync(partial, bytes, Token);

        var (_, resumed) = await Open().WriteAsync(tree.Name, Token);

        Assert.Equal((0, 1, 2, 3), (resumed!.FirstMissing(0), resumed.FirstHeld(0), resumed.FirstMissing(1), resumed.FirstHeld(2)));
        Assert.Equal(BlobOutcome.Accepted, await resumed.PutAsync(2, ChunkTreeTests.Chunk(content, 2), tree.Siblings(2), Token));
        Assert.Equal(BlobOutcome.Stored, await resumed.PutAsync(0, ChunkTreeTests.Chunk(content, 0), tree.Siblings(0), Token));
        Assert.Equal(content, await Open().ReadAsync(tree.Name, Token));
    }

    [Fact]
    public async Task Put_OverTheQuota_NeverEvictsWhatIsPinned_AndOfTheRestTheLeastRecentlyUsed()
    {
        var store = Open(quota: 200_000);
        var names = new List<BlobName>();
        for (var i = 0; i < 3; i++) names.Add((await store.PutAsync(ChunkTreeTests.Content(60_000, i), Token)).Name);
        _time.Advance(TimeSpan.FromHours(2));
        store.Pin([names[0], names[0]]);
        store.Unpin([names[0]]);
        _time.Advance(TimeSpan.FromMinutes(1));
        using (store.OpenRead(names[1]))
        {
        }

        Assert.Equal(BlobOutcome.Stored, (await store.PutAsync(ChunkTreeTests.Content(60_000, 7), Token)).Outcome);
        Assert.Equal([true, true, false], names.Select(store.Holds));
        Assert.Equal(BlobOutcome.QuotaExceeded, (await store.PutAsync(ChunkTreeTests.Content(130_000, 8), Token)).Outcome);
        Assert.True(store.Holds(names[0]));
        store.Unpin([names[0]]);
        Assert.Equal(BlobOutcome.Stored, (await store.PutAsync(ChunkTreeTests.Content(130_000, 8), Token)).Outcome);
        Assert.Equal([false, false, false], names.Select(store.Holds));
    }

    [Fact]
    public async Task Files_AllOfThem_AreTheOwnersAlone()
    {
        if (OperatingSystem.IsWindows()) return;
#pragma warning disable CA1416 // Not on Windows; the analyser does not look into lambdas.
        var store = Open();
        var content = ChunkTreeTests.Content(300_000, 5);
        var tree = ChunkTreeTests.TreeOf(content);
        await store.PutAsync(ChunkTreeTests.Content(200_000, 1), Token);
        var (_, writer) = await store.WriteAsync(tree.Name, Token);
        await writer!.PutAsync(1, ChunkTreeTests.Chunk(content, 1), tree.Siblings(1), Token);
        writer.Dispose();

        var files = Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories);

        // A blob, its tree, a partial blob and its notes.
        Assert.Equal(4, files.Length);
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.All(
            Directory.GetDirectories(Path.Combine(_directory.Path, "blobs"), "*", SearchOption.AllDirectories),
            d => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(d)));
#pragma warning restore CA1416
    }

    [Fact]
    public async Task Write_WrongChunk_RefusesAndStaysWhereItWas()
    {
        var content = ChunkTreeTests.Content(200_000, 5);
        var tree = ChunkTreeTests.TreeOf(content);
        var (_, writer) = await Open().WriteAsync(tree.Name, Token);
        var wrong = ChunkTreeTests.Chunk(content, 0);
        wrong[1000] ^= 1;

        Assert.Equal(BlobOutcome.WrongContent, await writer!.AppendAsync(wrong, tree.Siblings(0), Token));
        Assert.Equal(BlobOutcome.WrongContent, await writer.AppendAsync(ChunkTreeTests.Chunk(content, 1), tree.Siblings(1), Token));

        Assert.Equal(0, writer.Offset);
        Assert.Equal(BlobOutcome.Accepted, await writer.AppendAsync(ChunkTreeTests.Chunk(content, 0), tree.Siblings(0), Token));
    }

    [Fact]
    public async Task Write_WhileAnotherWrites_IsBusy()
    {
        var store = Open();
        var name = new BlobName(Keccak256.Hash([1]), 100_000);
        var (_, first) = await store.WriteAsync(name, Token);

        Assert.Equal(BlobOutcome.Busy, (await store.WriteAsync(name, Token)).Outcome);
        first!.Dispose();
        Assert.Equal(BlobOutcome.Accepted, (await store.WriteAsync(name, Token)).Outcome);
    }

    [Fact]
    public async Task Write_Begun_HoldsTheQuotaUntilItIsAbandonedOrStale()
    {
        var store = Open(quota: 100_000);
        var (_, first) = await store.WriteAsync(new BlobName(Keccak256.Hash([1]), 80_000), Token);
        Assert.Equal(BlobOutcome.QuotaExceeded, (await store.WriteAsync(new BlobName(Keccak256.Hash([2]), 80_000), Token)).Outcome);
        first!.Abandon();
        var (_, second) = await store.WriteAsync(new BlobName(Keccak256.Hash([2]), 80_000), Token);
        Assert.NotNull(second);
        second.Dispose();
        foreach (var partial in Directory.GetFiles(Path.Combine(_directory.Path, "blobs", "partial")))
        {
            File.SetLastWriteTimeUtc(partial, (_time.GetUtcNow() - TimeSpan.FromHours(2)).UtcDateTime);
        }

        var third = await store.PutAsync(ChunkTreeTests.Content(80_000, 3), Token);

        Assert.Equal(BlobOutcome.Stored, third.Outcome);
        Assert.Equal(80_000, store.UsedBytes);
    }

    private BlobStore Open(long quota = 10_000_000, long max = 5_000_000) =>
        BlobStore.Open(
            new BlobStoreOptions { Directory = Path.Combine(_directory.Path, "blobs"), QuotaBytes = quota, MaxBlobBytes = max }, _time);
}
