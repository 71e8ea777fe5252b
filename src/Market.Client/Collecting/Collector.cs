using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Client.Jobs;
using Market.Domain.Identity;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Receipts;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;

namespace Market.Client.Collecting;

/// <summary>Collects what the chain says was produced, as files with receipts.</summary>
internal sealed class Collector(JobRecord job, LeaseFetcher fetcher, InputRuleTuple? rule = null)
{
    private readonly List<CollectedFile> _files = [];
    private readonly List<FailedTasklet> _failures = [];
    private readonly List<uint> _unavailable = [];
    private readonly List<Receipt> _receipts = [];

    /// <summary>Collects all results that are bound.</summary>
    public async Task<CollectedJob> CollectAsync(OfferView view, string directory, CancellationToken cancel)
    {
        var writer = new OutputWriter(directory);
        var manifest = await fetcher.ManifestAsync(job.Work, job.Terms.Total, cancel);
        foreach (var lease in view.Leases.Where(lease => lease.HasResults)) await CollectAsync(lease, manifest, writer, cancel);

        var files = _files.OrderBy(file => file.Tasklet).ToImmutableArray();
        var picture = job.Picture is { } wanted && files.Length == job.Terms.Total && writer.Has(wanted.Tiles)
            ? await writer.WritePictureAsync(wanted, wanted.Tiles ?? [.. files.Select(file => file.Name)], cancel)
            : null;
        var receipts = _receipts.OrderBy(receipt => receipt.Tasklet).ToImmutableArray();
        return new CollectedJob(
            directory,
            files,
            [.. _failures.OrderBy(failure => failure.Tasklet)],
            [.. _unavailable.Order()],
            view.Waiting + view.Running,
            view.Committed,
            manifest?.Records ?? [],
            receipts.IsEmpty ? null : await writer.WriteReceiptsAsync(
                job.Retry is null ? ReceiptFile.FileName : ReceiptFile.NameOfRetry(job.Id),
                new ReceiptFile(ReceiptFile.CurrentSchema, [.. files.Select(file => new OutputFile(file.Tasklet, file.Name))], receipts, job.Retry?.Tasklets, rule is null ? null : HexBytes.Wrap(rule.Encode()).ToString(), job.CreatedAt),
                cancel),
            picture);
    }

    private async Task CollectAsync(LeaseView lease, Manifest? manifest, OutputWriter writer, CancellationToken cancel)
    {
        if (await fetcher.FetchAsync(lease, cancel) is not { } fetched)
        {
            _unavailable.AddRange(Enumerable.Range((int)lease.Lease.First, (int)lease.Lease.Count).Select(i => (uint)i));
            return;
        }

        var list = fetched.List;
        for (var i = 0; i < list.Results.Length; i++)
        {
            var tasklet = lease.Lease.First + (uint)i;
            var result = list.Results[i];
            if ((manifest is not null || rule is not null) && ReceiptOf(lease, list, i, manifest) is { } receipt) _receipts.Add(receipt);
            if (!result.Succeeded) _failures.Add(FailureOf(tasklet, result));
            else if (fetched.Missing.Contains(result.Output)) _unavailable.Add(tasklet);
            else await WriteAsync(tasklet, result, lease.Lease.Device, writer, cancel);
        }
    }

    private async Task WriteAsync(uint tasklet, TaskletResult result, DeviceId device, OutputWriter writer, CancellationToken cancel)
    {
        var name = job.Outputs[(int)tasklet].Name;
        await writer.WriteAsync(fetcher.Blobs, result.Output, name, cancel);
        _files.Add(new CollectedFile(tasklet, name, result.Output.Length, result.FuelUsed, device));
    }

    private FailedTasklet FailureOf(uint tasklet, TaskletResult result) =>
        new(tasklet, job.Outputs[(int)tasklet].Item, result.Status, result.ExitCode, result.FuelUsed, result.RanDry(job.Terms.Mfuel));

    private Receipt? ReceiptOf(LeaseView lease, ResultList list, int position, Manifest? manifest)
    {
        if (lease.ReceiptState(job.Terms.Verdict == Verdict.Trusted) is not { } state) return null;
        var tasklet = lease.Lease.First + (uint)position;
        return new Receipt
        {
            ChainId = job.ChainId,
            Market = job.Market,
            Terms = job.Terms,
            Work = job.Work,
            Lease = lease.Lease,
            Tasklet = tasklet,
            Input = manifest?.Records[(int)tasklet],
            InputProof = manifest is null ? [] : [.. ByteTree.Siblings(manifest.Content, tasklet)],
            Result = list.Results[position],
            ResultProof = list.Open(position),
            ResultRoot = list.Name.Root,
            LeasePaid = lease.Paid,
            CommitTransaction = lease.CommitTransaction!.Value,
            State = state,
        };
    }
}
