using System.Security.Cryptography;
using Market.Blobs;
using Market.Client.Collecting;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Client.Collecting;

public sealed class CollectorTests
{
    [Fact]
    public async Task Collect_WhereNobodyHasTheResults_NamesTheTaskletsAndWritesNothing()
    {
        using var temp = new TempDirectory();
        var market = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
        var work = new Work(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
        var terms = new Terms
        {
            Consumer = Address.Zero,
            Nonce = 1,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.SelfDeclared),
            Total = 3,
            Mfuel = 1,
            MaxTick = new Tick(700),
            LeaseSeconds = 30,
            WindowSeconds = 10,
            Deadline = new UnixTime(2_000),
            Verdict = Verdict.Optimistic,
            BondBps = 20_000,
            MinScore = 1,
            Work = work.Hash(),
        };
        var job = new JobRecord
        {
            Schema = JobRecord.CurrentSchema,
            Id = "j-1",
            Name = "test",
            Profile = "local",
            ChainId = 1,
            Market = market,
            Terms = terms,
            Work = work,
            CreatedAt = DateTimeOffset.UnixEpoch,
            DueBy = terms.Deadline,
            Asset = new Asset("CRD", 6),
            Escrow = new Amount(1_000),
            Expected = new Amount(900),
            OutputDirectory = Path.Combine(temp.Path, "out"),
            Outputs = [new JobOutput("a", "a.out"), new JobOutput("b", "b.out"), new JobOutput("c", "c.out")],
        };
        var lease = new Lease(terms.Id(1, market), new DeviceId(4), 1, 2, 100, 0);
        var view = OfferView.Of(terms, [
            new OfferWasPosted(new UnixTime(90), default, new Amount(1_000)),
            new LeaseWasMade(new UnixTime(95), default, lease, new UnixTime(130)),
            new LeaseWasCommitted(new UnixTime(100), default, lease.Key(), Keccak256.Hash("root"u8), new UnixTime(110)),
        ]);
        using var peers = new PeerConnections(new SigningDomain(1, market), new EthereumKey(Keccak256.Hash([1]).ToArray()), TimeProvider.System, RandomNumberGenerator.Create());
        var store = BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(temp.Path, "blobs") }, TimeProvider.System);
        var collector = new Collector(job, new LeaseFetcher([], store, new BlobFetcher(peers), new Dictionary<DeviceId, Peer>()));

        var collected = await collector.CollectAsync(view, job.OutputDirectory, TestContext.Current.CancellationToken);

        Assert.Equal([1u, 2u], collected.Unavailable);
        Assert.Equal(1u, collected.Unfinished);
        Assert.False(collected.IsComplete);
        Assert.Null(collected.ReceiptsFile);
        Assert.False(Directory.Exists(job.OutputDirectory));
    }
}
