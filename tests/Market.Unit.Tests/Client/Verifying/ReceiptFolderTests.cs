using System.Text.Json;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.Faults;
using Market.Client.Verifying;
using Market.Domain.Identity;
using Market.Domain.Json;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Client.Verifying;

/// <summary>A folder of results, tampered with in every way that one flipped bit can.</summary>
public sealed class ReceiptFolderTests : IDisposable
{
    private const int Tasklets = 3;
    private readonly TempDirectory _folder = new();

    public ReceiptFolderTests() => SampleReceipts.Write(_folder.Path, Tasklets);

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
    public async Task Check_OfAStageThatReadsOthers_NeedsTheVeryRuleThatItsWorkNames()
    {
        var rule = new InputRuleTuple(InputKindCode.Group, JoinCode.Framed, 2, HexBytes.Wrap([1, 2, 3]), [new SourceTuple([4, 2], [Keccak256.Hash([1]), Keccak256.Hash([2])])]);
        var work = new Work(BlobName.Of("module"u8).Root, 6, Hash256.Zero, rule.Hash(), 4096, 1 << 20) { Inputs = InputKind.Group };
        var manifest = new Manifest(Enumerable.Range(0, Tasklets).Select(i => new ManifestRecord(BlobName.Of([1, (byte)i]), BlobName.Of([2, (byte)i]))));
        SampleReceipts.Write(_folder.Path, manifest, work, rule: rule);
        var honest = await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);
        Assert.Empty(await honest.CheckAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2u, StagedCheck.RuleOf(honest.File)!.Size);

        var other = HexBytes.Wrap((rule with { Size = 3 }).Encode()).ToString();
        foreach (var wrong in new[] { null, "0x", "no rule", honest.File.Rule![..^2], other })
        {
            await SaveAsync(honest.File with { Rule = wrong });
            var fault = Assert.Single(await (await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken)).CheckAsync(TestContext.Current.CancellationToken));
            Assert.Equal((VerificationFaultKind.Receipt, (uint?)null), (fault.Kind, fault.Tasklet));
        }

        // An input that nothing opens says nothing.
        await SaveAsync(honest.File with { Receipts = honest.File.Receipts.SetItem(1, honest.File.Receipts[1] with { Input = manifest.Records[1] }) });
        var claimed = Assert.Single(await (await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken)).CheckAsync(TestContext.Current.CancellationToken));
        Assert.Equal((VerificationFaultKind.Receipt, 1u), (claimed.Kind, claimed.Tasklet));
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

    [Fact]
    public async Task ReadAll_OfAFolderWithARetry_LetsTheRetrySpeakForWhatItBought()
    {
        var manifest = new Manifest([new(BlobName.Of([3]), BlobName.Of([4]))]);
        var first = (await ReceiptFolder.ReadAsync(_folder.Path, TestContext.Current.CancellationToken)).File;
        SampleReceipts.Write(_folder.Path, manifest, first.Receipts[0].Work with { Manifest = manifest.Name.Root }, nonce: 8, part: [2]);

        var folders = await ReceiptFolder.ReadAllAsync(_folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal([2, 1], folders.Select(folder => folder.File.Receipts.Length));
        Assert.Equal([false, true], folders.Select(folder => folder.IsWhole));
        foreach (var folder in folders) Assert.Empty(await folder.CheckAsync(TestContext.Current.CancellationToken));
        Assert.Empty(folders[0].Uncovered().Intersect(folders[1].Uncovered()));
    }
}
