using System.Text.Json;
using Market.Domain.Identity;
using Market.Domain.Json;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Unit.Tests.Domain.Receipts;

public sealed class ReceiptTests
{
    private const ulong ChainId = 31907;
    private static readonly Address MarketAddress = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");

    [Fact]
    public void Check_OfAnHonestReceipt_FindsNothing() => Assert.Empty(Make(tasklet: 4).Check());

    [Fact]
    public void Check_OfAnotherOutput_SaysTheResultWasNotCommitted()
    {
        var receipt = Make(tasklet: 4);

        var forged = receipt with { Result = receipt.Result with { Output = BlobName.Of("forged"u8) } };

        Assert.Equal([ReceiptFault.ResultNotCommitted], forged.Check());
    }

    [Fact]
    public void Check_OfAnotherInput_SaysItIsNotInTheManifest()
    {
        var receipt = Make(tasklet: 4);

        var forged = receipt with { Input = new ManifestRecord(BlobName.Of("x"u8), BlobName.Of("y"u8)) };

        Assert.Equal([ReceiptFault.InputNotInManifest], forged.Check());
    }

    [Fact]
    public void Check_OfAResultMovedToAnotherTasklet_RefusesIt() =>
        Assert.Equal(
            [ReceiptFault.InputNotInManifest, ReceiptFault.ResultNotCommitted],
            (Make(tasklet: 4) with { Tasklet = 5 }).Check());

    [Fact]
    public void Check_OfChangedTerms_SaysTheLeaseBelongsElsewhere()
    {
        var receipt = Make(tasklet: 4);

        Assert.Equal([ReceiptFault.LeaseOfAnotherOffer], (receipt with { Terms = receipt.Terms with { Nonce = 9 } }).Check());
        Assert.Equal([ReceiptFault.LeaseOfAnotherOffer], (receipt with { ChainId = 1 }).Check());
        Assert.Equal([ReceiptFault.WorkNotInTerms], (receipt with { Work = receipt.Work with { MemoryPages = 9 } }).Check());
    }

    [Fact]
    public void Check_OfATaskletOutsideTheLease_RefusesIt() =>
        Assert.Contains(ReceiptFault.TaskletOutsideLease, (Make(tasklet: 4) with { Tasklet = 2 }).Check());

    [Fact]
    public void Json_RoundTrips_WithAmountsAsText()
    {
        var file = new ReceiptFile(ReceiptFile.CurrentSchema, [new OutputFile(3, "3.txt")], [Make(tasklet: 3), Make(tasklet: 6)]);

        var json = JsonSerializer.Serialize(file, DomainJson.Default.ReceiptFile);
        var back = JsonSerializer.Deserialize(json, DomainJson.Default.ReceiptFile)!;

        Assert.All(back.Receipts, receipt => Assert.Empty(receipt.Check()));
        Assert.Equal(json, JsonSerializer.Serialize(back, DomainJson.Default.ReceiptFile));
        var first = JsonDocument.Parse(json).RootElement.GetProperty("receipts")[0];
        Assert.Equal("1280", first.GetProperty("leasePaid").GetString());
        Assert.Equal("final", first.GetProperty("state").GetString());
        Assert.Equal("wasm/1", first.GetProperty("terms").GetProperty("classKey").GetString());
        Assert.Equal("18446744073709551615", first.GetProperty("terms").GetProperty("nonce").GetString());
    }

    private static Receipt Make(uint tasklet)
    {
        var manifest = new Manifest(Enumerable.Range(0, 9).Select(i => new ManifestRecord(BlobName.Of([1, (byte)i]), BlobName.Of([2, (byte)i]))));
        var work = new Work(BlobName.Of("module"u8).Root, 6, Hash256.Zero, manifest.Name.Root, 4096, 1 << 20);
        var terms = new Terms
        {
            Consumer = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            Nonce = ulong.MaxValue,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
            Total = 9,
            Mfuel = 1000,
            MaxTick = new Tick(700),
            LeaseSeconds = 30,
            WindowSeconds = 10,
            Deadline = new UnixTime(1_800_000_000),
            Verdict = Verdict.Optimistic,
            BondBps = 20_000,
            MinScore = 1,
            MinMemoryMiB = 256,
            MaxLeases = 0,
            Tip = 0,
            Work = work.Hash(),
        };
        var lease = new Lease(terms.Id(ChainId, MarketAddress), new DeviceId(3), First: 3, Count: 5, UnitPrice: 86_000_000, Attempt: 0);
        var list = new ResultList(Enumerable.Range(3, 5).Select(i => new TaskletResult(TaskletStatus.Exited, 0, (ulong)i, BlobName.Of([(byte)i]))));
        return new Receipt
        {
            ChainId = ChainId,
            Market = MarketAddress,
            Terms = terms,
            Work = work,
            Lease = lease,
            Tasklet = tasklet,
            Input = manifest.Records[(int)tasklet],
            InputProof = [.. ByteTree.Siblings(manifest.Content, tasklet)],
            Result = list.Results[(int)(tasklet - lease.First)],
            ResultProof = list.Open((int)(tasklet - lease.First)),
            ResultRoot = list.Name.Root,
            LeasePaid = new Amount(1280),
            CommitTransaction = Keccak256.Hash("tx"u8),
            State = ReceiptState.Final,
        };
    }
}
