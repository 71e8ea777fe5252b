using System.Collections.Immutable;
using System.Text.Json;
using Market.Client.Faults;
using Market.Client.Verifying;
using Market.Domain.Identity;
using Market.Domain.Json;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Domain.Results;
using Market.Hashing;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Client.Verifying;

/// <summary>A folder of results, tampered with in every way that one flipped bit can.</summary>
public sealed class ReceiptFolderTests : IDisposable
{
    private const int Tasklets = 3;
    private readonly TempDirectory _folder = new();

    public ReceiptFolderTests() => Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_OfWhatWasCollected_FindsNothing()
    {
        var folder = await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);

        Assert.Empty(await folder.CheckAsync(TestContext.Current.CancellationToken));
        Assert.Empty(folder.Uncovered());
    }

    [Fact]
    public async Task Check_OfAnOutputWithAnyByteChanged_NamesItsTasklet()
    {
        var path = Path.Combine(_folder.Path, "1.txt");
        var honest = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var folder = await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);
        for (var i = 0; i < honest.Length; i++)
        {
            var changed = (byte[])honest.Clone();
            changed[i] ^= 1;
            await File.WriteAllBytesAsync(path, changed, TestContext.Current.CancellationToken);

            var fault = Assert.Single(await folder.CheckAsync(TestContext.Current.CancellationToken));

            Assert.Equal((VerificationFaultKind.Output, 1u), (fault.Kind, fault.Tasklet));
        }
    }

    [Fact]
    public async Task Check_OfAMissingFile_OrOneOutsideTheFolder_IsAFault()
    {
        var file = (await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken)).File;
        await SaveAsync(file with { Outputs = [file.Outputs[0], file.Outputs[1] with { Name = "../1.txt" }, file.Outputs[2] with { Name = "gone.txt" }] });
        var folder = await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);

        var faults = await folder.CheckAsync(TestContext.Current.CancellationToken);

        Assert.Equal([1u, 2u], faults.Select(f => f.Tasklet!.Value));
        Assert.Equal(["1.txt", "2.txt"], folder.Uncovered());
    }

    [Fact]
    public async Task AnyFlippedBitOfTheReceipts_IsCaught_ButInWhatOnlyTheChainCanTell()
    {
        var path = Path.Combine(_folder.Path, ReceiptFile.FileName);
        var honest = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var known = (await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken)).File;
        for (var i = 0; i < honest.Length; i++)
        {
            var changed = (byte[])honest.Clone();
            changed[i] ^= (byte)(1 << (i % 8));
            await File.WriteAllBytesAsync(path, changed, TestContext.Current.CancellationToken);

            Assert.True(await IsCaughtAsync(known), $"bit {i % 8} of byte {i} went unnoticed");
        }
    }

    private async Task<bool> IsCaughtAsync(ReceiptFile known)
    {
        try
        {
            var folder = await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);
            return !(await folder.CheckAsync(TestContext.Current.CancellationToken)).IsEmpty || Text(ForgetWhatTheChainTells(folder.File)) == Text(ForgetWhatTheChainTells(known));
        }
        catch (MarketException e) when (e.Fault.Code == "E3103")
        {
            return true;
        }
    }

    // An upper-case digit of a hash says the same: files are compared by what they mean.
    private static string Text(ReceiptFile file) => JsonSerializer.Serialize(file, DomainJson.Default.ReceiptFile);

    private static ReceiptFile ForgetWhatTheChainTells(ReceiptFile file) => file with
    {
        Receipts = [.. file.Receipts.Select(receipt => receipt with
        {
            LeasePaid = Amount.Zero,
            CommitTransaction = default,
            State = ReceiptState.Accepted,
            // Its key is the hash of all of it, and only the chain knows which keys there are.
            Lease = receipt.Lease with { Device = new DeviceId(0), UnitPrice = 0, Attempt = 0 },
        })],
    };

    private async Task SaveAsync(ReceiptFile file) =>
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, ReceiptFile.FileName), Text(file), TestContext.Current.CancellationToken);

    private static void Write(string folder)
    {
        var outputs = Enumerable.Range(0, Tasklets).Select(i => Enumerable.Range(0, 200).Select(b => (byte)(b * i)).ToArray()).ToArray();
        for (var i = 0; i < Tasklets; i++) File.WriteAllBytes(Path.Combine(folder, $"{i}.txt"), outputs[i]);
        var market = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
        var manifest = new Manifest(Enumerable.Range(0, Tasklets).Select(i => new ManifestRecord(BlobName.Of([1, (byte)i]), BlobName.Of([2, (byte)i]))));
        var work = new Work(BlobName.Of("module"u8).Root, 6, Hash256.Zero, manifest.Name.Root, 4096, 1 << 20);
        var terms = new Terms
        {
            Consumer = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            Nonce = 7,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
            Total = Tasklets,
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
        var lease = new Lease(terms.Id(31907, market), new DeviceId(3), First: 0, Count: Tasklets, UnitPrice: 86_000_000, Attempt: 0);
        var list = new ResultList(outputs.Select((output, i) => new TaskletResult(TaskletStatus.Exited, 0, (ulong)i, BlobName.Of(output))));
        var receipts = Enumerable.Range(0, Tasklets).Select(i => new Receipt
        {
            ChainId = 31907,
            Market = market,
            Terms = terms,
            Work = work,
            Lease = lease,
            Tasklet = (uint)i,
            Input = manifest.Records[i],
            InputProof = [.. ByteTree.Siblings(manifest.Content, i)],
            Result = list.Results[i],
            ResultProof = list.Open(i),
            ResultRoot = list.Name.Root,
            LeasePaid = new Amount(1280),
            CommitTransaction = Keccak256.Hash("tx"u8),
            State = ReceiptState.Final,
        }).ToImmutableArray();
        var file = new ReceiptFile(ReceiptFile.CurrentSchema, [.. Enumerable.Range(0, Tasklets).Select(i => new OutputFile((uint)i, $"{i}.txt"))], receipts);
        File.WriteAllText(Path.Combine(folder, ReceiptFile.FileName), Text(file));
    }
}
