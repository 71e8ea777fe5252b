using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Jobs;

public sealed class JobStoreTests : IDisposable
{
    private readonly MarketHome _home = new(Directory.CreateTempSubdirectory("job-store-").FullName);
    private readonly JobStore _store;

    public JobStoreTests() => _store = new JobStore(_home, TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home.Root, recursive: true);

    [Fact]
    public async Task Save_ThenFindByPrefix_GivesTheWholeRecordBack()
    {
        var job = Record(nonce: 1) with { Holders = [new JobHolder(new DeviceId(3), new UnixTime(7), "0x01")], PostTransaction = Keccak256.Hash("tx"u8), Picture = new JobPicture("x.png", 8) };

        await _store.SaveAsync(job, Cancel);

        var back = _store.Find(job.Id[2..6]);
        Assert.Equal(job.Offer, back.Offer);
        Assert.Equal(job with { Outputs = back.Outputs, Holders = back.Holders }, back);
        Assert.Equal(job.Outputs, back.Outputs);
        Assert.Equal(job.Holders, back.Holders);
    }

    [Fact]
    public async Task Save_Again_ReplacesTheRecord()
    {
        var job = Record(nonce: 1);
        await _store.SaveAsync(job, Cancel);

        await _store.SaveAsync(job with { Name = "other" }, Cancel);

        Assert.Equal("other", Assert.Single(_store.List()).Name);
    }

    [Fact]
    public async Task List_IsNewestFirstAndSkipsWhatCannotBeRead()
    {
        var (older, newer) = (Record(nonce: 1), Record(nonce: 2) with { CreatedAt = DateTimeOffset.UnixEpoch.AddDays(2) });
        await _store.SaveAsync(older, Cancel);
        await _store.SaveAsync(newer, Cancel);
        Directory.CreateDirectory(Path.Combine(_home.Jobs, "j-000000000000"));
        await File.WriteAllTextAsync(Path.Combine(_home.Jobs, "j-000000000000", "job.json"), "{", Cancel);

        Assert.Equal([newer.Id, older.Id], _store.List().Select(job => job.Id));
        Assert.Equal("E1236", Assert.Throws<MarketException>(() => _store.Find("0000")).Fault.Code);
    }

    [Fact]
    public async Task Find_OfNoneOrSeveral_IsAFault()
    {
        await _store.SaveAsync(Record(nonce: 1), Cancel);
        await _store.SaveAsync(Record(nonce: 2), Cancel);

        Assert.Equal("E1207", Assert.Throws<MarketException>(() => _store.Find("j-zz")).Fault.Code);
        Assert.Equal("E1207", Assert.Throws<MarketException>(() => _store.Find("j-")).Fault.Code);
    }

    private static JobRecord Record(ulong nonce)
    {
        var work = new Work(Hash256.Zero, 1, Hash256.Zero, Hash256.Zero, 1, 1);
        var terms = new Terms
        {
            Consumer = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            Nonce = nonce,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
            Total = 2,
            Mfuel = 1,
            MaxTick = new Tick(700),
            LeaseSeconds = 30,
            WindowSeconds = 10,
            Deadline = new UnixTime(1_800_000_000),
            Verdict = Verdict.Optimistic,
            BondBps = 20_000,
            MinScore = 1,
            Work = work.Hash(),
            Devices = [new DeviceId(2)],
        };
        var job = new JobRecord
        {
            Schema = JobRecord.CurrentSchema,
            Id = "",
            Name = "job",
            Profile = "local",
            ChainId = 31907,
            Market = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
            Terms = terms,
            Work = work,
            CreatedAt = DateTimeOffset.UnixEpoch.AddDays(1),
            DueBy = new UnixTime(1_800_000_100),
            Asset = new Asset("CRD", 6),
            Escrow = new Amount(500),
            Expected = new Amount(400),
            OutputDirectory = "/out",
            Outputs = [new JobOutput("0", "0.out"), new JobOutput("1", "1.out")],
        };
        return job with { Id = JobRecord.IdOf(job.Offer) };
    }
}
