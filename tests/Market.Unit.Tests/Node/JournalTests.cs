using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Storage;
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
        using (var journal = new Journal(FilePath)) journal.Save(record);

        using var reopened = new Journal(FilePath);

        Assert.Equal(record, reopened.Find(record.Key));
        Assert.Equal(record, Assert.Single(reopened.Leases()));
    }

    [Fact]
    public void Save_AnotherRootThanNoted_IsRefused()
    {
        var lease = Lease();
        using var journal = new Journal(FilePath);
        journal.Save(new LeaseRecord(lease, LeaseStage.Committing, Root));

        Assert.Throws<InvalidOperationException>(() => journal.Save(new LeaseRecord(lease, LeaseStage.Committing, OtherRoot)));

        Assert.Equal(Root, journal.Find(lease.Key())!.Root);
    }

    [Fact]
    public void Results_AreOfTheirLeaseAlone()
    {
        var (mine, other) = (Lease(), Lease(first: 100));
        var result = new TaskletResult(TaskletStatus.Exited, 7, ulong.MaxValue, new BlobName(Root, 5));
        using (var journal = new Journal(FilePath))
        {
            journal.SaveResult(mine.Key(), 3, result);
            journal.SaveResult(mine.Key(), 3, result);
            journal.SaveResult(other.Key(), 100, result);
        }

        using var reopened = new Journal(FilePath);

        Assert.Equal([new(3, result)], reopened.Results(mine.Key()));
    }

    [Fact]
    public void DropResults_KeepsTheRecord()
    {
        var lease = Lease();
        using var journal = new Journal(FilePath);
        journal.Save(new LeaseRecord(lease, LeaseStage.Settled));
        journal.SaveResult(lease.Key(), 0, new TaskletResult(TaskletStatus.Exited, 0, 0, new BlobName(Root, 5)));

        journal.DropResults(lease.Key());

        Assert.Single(journal.Leases());
        Assert.Empty(journal.Results(lease.Key()));
    }

    private static Lease Lease(uint first = 0, ulong price = 1) => new(new OfferId(Root), new DeviceId(3), first, 8, price, 2);
}
