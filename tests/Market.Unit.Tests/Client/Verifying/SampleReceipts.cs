using System.Collections.Immutable;
using System.Text.Json;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Domain.Identity;
using Market.Domain.Json;
using Market.Domain.Leases;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Domain.Receipts;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Unit.Tests.Client.Verifying;

/// <summary>Folders of results as a collected job leaves them, in which only the chain's word is missing.</summary>
internal static class SampleReceipts
{
    /// <summary>Writes outputs and receipts of an offer over a made-up module and manifest.</summary>
    public static void Write(string folder, int tasklets)
    {
        var manifest = new Manifest(Enumerable.Range(0, tasklets).Select(i => new ManifestRecord(BlobName.Of([1, (byte)i]), BlobName.Of([2, (byte)i]))));
        Write(folder, manifest, new Work(BlobName.Of("module"u8).Root, 6, Hash256.Zero, manifest.Name.Root, 4096, 1 << 20));
    }

    /// <summary>Writes outputs and receipts of an offer over what it is given.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="manifest">The inputs, one for each tasklet.</param>
    /// <param name="work">The offer's work.</param>
    /// <param name="nonce">The consumer's number of the offer.</param>
    /// <param name="part">Set for a retry's offer.</param>
    /// <param name="rule">Set for a stage that reads others; the work has to name it.</param>
    public static void Write(string folder, Manifest manifest, Work work, ulong nonce = 7, ImmutableArray<uint>? part = null, InputRuleTuple? rule = null)
    {
        var count = manifest.Records.Length;
        var places = part ?? [.. Enumerable.Range(0, count).Select(i => (uint)i)];
        var outputs = Enumerable.Range(0, count).Select(i => Enumerable.Range(0, 200).Select(b => (byte)(b * i)).ToArray()).ToArray();
        for (var i = 0; i < count; i++) File.WriteAllBytes(Path.Combine(folder, $"{places[i]}.txt"), outputs[i]);
        var market = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");
        var terms = new Terms
        {
            Consumer = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            Nonce = nonce,
            ClassKey = new ClassKey(RuntimeKind.Wasm, AttestationLevel.Benchmarked),
            Total = (uint)count,
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
        var lease = new Lease(terms.Id(31907, market), new DeviceId(3), First: 0, Count: (uint)count, UnitPrice: 86_000_000, Attempt: 0);
        var list = new ResultList(outputs.Select((output, i) => new TaskletResult(TaskletStatus.Exited, 0, (ulong)i, BlobName.Of(output))));
        var receipts = Enumerable.Range(0, count).Select(i => new Receipt
        {
            ChainId = 31907,
            Market = market,
            Terms = terms,
            Work = work,
            Lease = lease,
            Tasklet = (uint)i,
            Input = rule is null ? manifest.Records[i] : null,
            InputProof = rule is null ? [.. ByteTree.Siblings(manifest.Content, i)] : [],
            Result = list.Results[i],
            ResultProof = list.Open(i),
            ResultRoot = list.Name.Root,
            LeasePaid = new Amount(1280),
            CommitTransaction = Keccak256.Hash("tx"u8),
            State = ReceiptState.Final,
        }).ToImmutableArray();
        var file = new ReceiptFile(ReceiptFile.CurrentSchema, [.. Enumerable.Range(0, count).Select(i => new OutputFile((uint)i, $"{places[i]}.txt"))], receipts, part, rule is null ? null : HexBytes.Wrap(rule.Encode()).ToString());
        File.WriteAllText(Path.Combine(folder, part is null ? ReceiptFile.FileName : ReceiptFile.NameOfRetry($"j-{nonce}")), JsonSerializer.Serialize(file, DomainJson.Default.ReceiptFile));
    }
}
