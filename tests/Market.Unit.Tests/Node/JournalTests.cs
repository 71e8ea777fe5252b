using System.Collections.Immutable;
using Market.Blobs;
using Market.Chain.Following;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Storage;
using Market.Sandbox;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

public sealed class JournalTests : IDisposable
{
    private static readonly Hash256 Root = Hash256.Parse(new string('1', 64));
    private static readonly Hash256 OtherRoot = Hash256.Parse(new string('2', 64));
    private readonly TempDirectory _temp = new();

    private string FilePath => Path.Combine(_temp.Path, "journal.db");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Save_IsThereAfterReopening()
    {
        var record = new LeaseRecord(Lease(price: ulong.MaxValue), LeaseStage.Declining, Root, "no input", 1);
        using (var journal = new Journal(FilePath, TimeProvider.System)) journal.Save(record);

        using var reopened = new Journal(FilePath, TimeProvider.System);

        Assert.Equal(record, reopened.Find(record.Key));
        Assert.Equal(record, Assert.Single(reopened.Leases()));
    }

    [Fact]
    public void Old_IsWhatEndedOnTheChainOverAWeekAgo()
    {
        var now = new UnixTime(JournalPruner.RetentionSeconds + 1_000);
        LeaseRecord[] records = [.. new ulong[] { 1, 2, 3, 4 }.Select(p => new LeaseRecord(Lease(price: p), p == 3 ? LeaseStage.Committed : LeaseStage.Settled))];
        LeaseEntry Entry(LeaseRecord record, LeaseState state, ulong changed) =>
            new(record.Key, record.Lease, state, default, new ChainPoint(1, Hash256.Zero, new UnixTime(changed)), new ChainPoint(1, Hash256.Zero, new UnixTime(changed)));
        var state = MarketState.Empty with
        {
            Leases = new[] { Entry(records[0], LeaseState.Settled, 999), Entry(records[1], LeaseState.Settled, 1_001), Entry(records[2], LeaseState.Committed, 1) }.ToImmutableDictionary(e => e.Key),
        };

        Assert.Equal([records[0].Key], JournalPruner.Old(records, state, now));
    }

    [Fact]
    public void Forget_TakesTheLeaseAndItsResultsOut()
    {
        var record = new LeaseRecord(Lease(), LeaseStage.Settled, Root);
        using var journal = new Journal(FilePath, TimeProvider.System);
        journal.Save(record);
        journal.SaveResult(record.Key, 0, OtherRoot, new TaskletResult(TaskletStatus.Exited, 0, 1, new BlobName(Root, 1)));

        journal.Forget(record.Key);

        Assert.Null(journal.Find(record.Key));
        Assert.Empty(journal.Results(record.Key));
    }

    [Fact]
    public void Save_AnotherRootThanNoted_IsRefused()
    {
        var lease = Lease();
        using var journal = new Journal(FilePath, TimeProvider.System);
        journal.Save(new LeaseRecord(lease, LeaseStage.Committing, Root));

        Assert.Throws<InvalidOperationException>(() => journal.Save(new LeaseRecord(lease, LeaseStage.Committing, OtherRoot)));

        Assert.Equal(Root, journal.Find(lease.Key())!.Root);
    }

    [Fact]
    public void Results_AreOfTheirLeaseAlone()
    {
        var (mine, other) = (Lease(), Lease(first: 100));
        var result = new TaskletResult(TaskletStatus.Exited, 7, ulong.MaxValue, new BlobName(Root, 5));
        using (var journal = new Journal(FilePath, TimeProvider.System))
        {
            journal.SaveResult(mine.Key(), 3, Root, result);
            journal.SaveResult(mine.Key(), 3, Root, result);
            journal.SaveResult(other.Key(), 100, Root, result);
        }

        using var reopened = new Journal(FilePath, TimeProvider.System);

        Assert.Equal([new(3, result)], reopened.Results(mine.Key()));
    }

    [Fact]
    public void Results_AreWrittenTogether_SoonAndBeforeTheirLeaseGoesOn()
    {
        var (lease, time) = (Lease(), new ManualTime(TimeProvider.System.GetUtcNow()));
        var result = new TaskletResult(TaskletStatus.Exited, 0, 1, new BlobName(Root, 5));
        using var journal = new Journal(FilePath, time);

        journal.SaveResult(lease.Key(), 0, Root, result);
        Assert.Equal(result, journal.FindRun(Root));
        Assert.Empty(AfterCrash(lease));
        time.Advance(Journal.ResultDelay);
        Assert.Single(AfterCrash(lease));

        journal.SaveResult(lease.Key(), 1, OtherRoot, result);
        Assert.Single(AfterCrash(lease));
        journal.Save(new LeaseRecord(lease, LeaseStage.Committing, Root));
        Assert.Equal(2, AfterCrash(lease).Count);
    }

    // What another process would find if this one were gone.
    private IReadOnlyDictionary<uint, TaskletResult> AfterCrash(Lease lease)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_temp.Path, Path.GetRandomFileName())).FullName;
        foreach (var file in Directory.GetFiles(_temp.Path, "journal*.db")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        using var journal = new Journal(Path.Combine(copy, "journal.db"), TimeProvider.System);
        return journal.Results(lease.Key());
    }

    [Fact]
    public void DropResults_KeepsTheRecord_AndAnswersTheSameRunAgain()
    {
        var lease = Lease();
        var result = new TaskletResult(TaskletStatus.Exited, 0, 0, new BlobName(Root, 5));
        using (var journal = new Journal(FilePath, TimeProvider.System))
        {
            journal.Save(new LeaseRecord(lease, LeaseStage.Settled));
            journal.SaveResult(lease.Key(), 0, OtherRoot, result);
            journal.DropResults(lease.Key());

            Assert.Single(journal.Leases());
            Assert.Empty(journal.Results(lease.Key()));
        }

        using var reopened = new Journal(FilePath, TimeProvider.System);
        Assert.Equal(result, reopened.FindRun(OtherRoot));
        Assert.Null(reopened.FindRun(Root));
    }

    [Fact]
    public async Task Pins_HoldWhatOpenLeasesNeed_OverARestart_UntilTheyAreOver()
    {
        var token = TestContext.Current.CancellationToken;
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        BlobStore Open() => BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(_temp.Path, "blobs"), QuotaBytes = 250_000 }, time);
        var store = Open();
        var (input, output, other) = (
            (await store.PutAsync(ChunkTreeTests.Content(60_000, 1), token)).Name,
            (await store.PutAsync(ChunkTreeTests.Content(60_000, 2), token)).Name,
            (await store.PutAsync(ChunkTreeTests.Content(60_000, 3), token)).Name);
        var lease = Lease();
        using (var journal = new Journal(FilePath, TimeProvider.System))
        {
            var before = new LeasePins(store, journal);
            journal.Save(new LeaseRecord(lease, LeaseStage.Running));
            before.PinInputs(lease.Key(), [input]);
            before.PinInputs(lease.Key(), [input]);
            journal.SaveResult(lease.Key(), 0, Root, new TaskletResult(TaskletStatus.Exited, 0, 0, output));
        }

        time.Advance(TimeSpan.FromDays(100));
        store = Open();
        using var reopened = new Journal(FilePath, TimeProvider.System);
        var pins = new LeasePins(store, reopened);

        Assert.Equal(BlobOutcome.Stored, (await store.PutAsync(ChunkTreeTests.Content(120_000, 4), token)).Outcome);
        Assert.Equal([true, true, false], new[] { input, output, other }.Select(store.Holds));
        Assert.Equal(BlobOutcome.QuotaExceeded, (await store.PutAsync(ChunkTreeTests.Content(100_000, 5), token)).Outcome);
        pins.Release(lease.Key());
        Assert.Equal(BlobOutcome.Stored, (await store.PutAsync(ChunkTreeTests.Content(100_000, 5), token)).Outcome);
        Assert.Empty(reopened.Inputs(lease.Key()));
    }

    [Fact]
    public void RunKey_ChangesWithEverythingThatMatters_AndNothingElse()
    {
        var (a, b) = (new BlobName(Root, 5), new BlobName(OtherRoot, 5));
        var limits = new RunLimits(7, 8, 9, TimeSpan.FromSeconds(1));
        var input = new ManifestRecord(a, b);

        Hash256[] keys =
        [
            RunKey.Of(a, input, limits), RunKey.Of(b, input, limits), RunKey.Of(a, new ManifestRecord(b, a), limits), RunKey.Of(new BlobName(Root, 6), input, limits),
            RunKey.Of(a, input, limits with { Fuel = 8 }), RunKey.Of(a, input, limits with { MemoryPages = 9 }), RunKey.Of(a, input, limits with { OutputBytes = 10 }),
        ];

        Assert.Distinct(keys);
        Assert.Equal(keys[0], RunKey.Of(a, input, limits with { WallClock = TimeSpan.FromSeconds(2) }));
    }

    private static Lease Lease(uint first = 0, ulong price = 1) => new(new OfferId(Root), new DeviceId(3), first, 8, price, 2);
}
