using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Chain;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Transactions;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Posting;
using Market.Client.Quoting;
using Market.Client.Retrying;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client.Staging;

/// <summary>Makes inputs and programs of all stages available, then posts the job. The record is on disk before money moves.</summary>
internal sealed class StagedPoster(MarketConnection connection, TransactionSender sender, EthereumKey key, JobStore store, TimeProvider time, RandomNumberGenerator random)
{
    private const int MaxHolders = 12;
    private static readonly TimeSpan KeepMargin = TimeSpan.FromHours(1);

    /// <summary>Pushes and posts.</summary>
    /// <exception cref="MarketException">Credit is short, no device takes the inputs, or the market refuses.</exception>
    public async Task<StagedRecord> PostAsync(
        GraphQuote quote, string profile, string? outputDirectory, IReadOnlyDictionary<DeviceId, Peer> peers, IProgress<PostProgress>? progress, StagedRetryPlan? retry, CancellationToken cancel)
    {
        var (asset, deployment) = (quote.Asset, connection.Deployment);
        var manager = deployment.Jobs ?? throw new MarketException("E1021", ExitCode.Unreachable, "This market has no manager of jobs with several stages; nothing was sent.", "market dev up starts one that has");
        if (quote.Credit < quote.Escrow)
        {
            throw new MarketException(
                "E2101", ExitCode.Funds, $"The job needs {asset.Format(quote.Escrow)}, the account holds {asset.Format(quote.Credit)} of credit; nothing was sent.",
                $"market account deposit {asset.FormatNumber(quote.Escrow - quote.Credit)}, or a lower --budget");
        }

        var job = JobOf(quote);
        var record = RecordOf(quote, JobIds.Of(deployment.ChainId, manager, job), profile, outputDirectory, retry);
        await store.SaveAsync(record, cancel);
        var mayBePosted = false;
        try
        {
            using (var folder = store.OpenFolder(record.Id))
            {
                var names = await JobPoster.StoreAsync(Blobs(quote), folder.Blobs, progress, cancel);
                record = record with { Holders = await PushAsync(quote, folder, names, peers, progress, cancel) };
            }

            await store.SaveAsync(record, cancel);
            progress?.Report(new PostProgress(PostStage.Posting, "posting the job"));
            mayBePosted = true;
            (await connection.As(sender).WithdrawAsync(quote.Escrow, cancel)).Require();
            (await connection.Token.ApproveAsync(sender, manager, quote.Escrow, cancel)).Require();
            (await sender.SendAsync(manager, new PostJobFunction(job, [.. quote.Stages.Select(stage => stage.Spec)]), cancel)).Require();
            return record;
        }
        catch when (!mayBePosted)
        {
            store.Remove(record.Id);
            throw;
        }
    }

    private JobTuple JobOf(GraphQuote quote)
    {
        Span<byte> nonce = stackalloc byte[sizeof(ulong)];
        random.GetBytes(nonce);
        return new JobTuple(
            key.Address,
            BinaryPrimitives.ReadUInt64BigEndian(nonce),
            quote.Snapshot.Now.Plus((ulong)quote.Job.File.Spec.Sla.Deadline.TotalSeconds).Seconds,
            (ushort)quote.Stages.Length,
            (ulong)quote.Tip.BaseUnits,
            quote.Escrow.BaseUnits,
            StageTree.RootOf([.. quote.Stages.Select(stage => stage.Spec)]));
    }

    private StagedRecord RecordOf(GraphQuote quote, Hash256 job, string profile, string? outputDirectory, StagedRetryPlan? retry)
    {
        var file = quote.Job.File;
        var result = quote.Job.Result;
        return new StagedRecord
        {
            Schema = StagedRecord.CurrentSchema,
            Id = StagedRecord.IdOf(job),
            Name = file.Spec.Name,
            Profile = profile,
            ChainId = connection.Deployment.ChainId,
            Market = connection.Deployment.Market,
            Job = job,
            Asset = quote.Asset,
            Budget = quote.Escrow,
            CreatedAt = time.GetUtcNow(),
            DueBy = quote.Snapshot.Now.Plus((ulong)file.Spec.Sla.Deadline.TotalSeconds),
            JobFile = file.FullPath,
            Retry = retry is null ? null : new JobRetry(retry.Of, retry.Results ?? []),
            OutputDirectory = outputDirectory is null ? file.PathOf(file.Spec.Output.Directory) : Path.GetFullPath(outputDirectory),
            Stages = [.. quote.Stages.Select(stage => stage.Stage.Spec.Id.ToString())],
            Result = quote.Stages.ToList().FindIndex(stage => stage.Stage.Spec.Id == result.Spec.Id),
            Outputs = [.. Enumerable.Range(0, result.Count ?? MostOf(quote)).Select(i => new JobOutput(quote.Job.ItemOf(result, i), quote.Job.OutputName(i)))],
            Picture = file.Spec.Output.Picture is { } picture ? new JobPicture(picture.File, picture.Columns) : null,
        };
    }

    private static int MostOf(GraphQuote quote) => (int)quote.Stages.First(stage => stage.Stage.Spec.Id == quote.Job.Result.Spec.Id).Plan.Offer.Terms.Total;

    private static IEnumerable<JobBlob> Blobs(GraphQuote quote) => quote.Stages
        .SelectMany(stage => stage.Listed?.Blobs() ?? [new JobBlob(BlobName.Of(stage.Module.Span), _ => ValueTask.FromResult(stage.Module))])
        .DistinctBy(blob => blob.Name);

    private async Task<ImmutableArray<JobHolder>> PushAsync(
        GraphQuote quote, JobFolder folder, ImmutableArray<BlobName> names, IReadOnlyDictionary<DeviceId, Peer> peers, IProgress<PostProgress>? progress, CancellationToken cancel)
    {
        var deployment = connection.Deployment;
        using var connections = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), key, time, random);
        var targets = quote.Snapshot.Bids
            .Where(bid => quote.Stages.Any(stage => bid.ClassKey == stage.Plan.Offer.Terms.ClassKey && bid.Tick <= stage.Plan.Offer.Terms.MaxTick && bid.Takes(stage.Plan.Offer.Terms.Verdict)))
            .OrderBy(bid => bid.Tick).Select(bid => bid.Device).Distinct().Take(MaxHolders)
            .Select(device => peers.GetValueOrDefault(device)).OfType<Peer>().ToArray();
        progress?.Report(new PostProgress(PostStage.Pushing, $"sending {names.Length} inputs to {targets.Length} devices"));
        var keepFor = quote.Job.File.Spec.Sla.Deadline + KeepMargin;
        var holders = await Task.WhenAll(targets.Select(peer => JobPoster.PushToAsync(connections.To(peer), folder.Blobs, names, keepFor, progress, cancel)));
        ImmutableArray<JobHolder> held = [.. holders.OfType<JobHolder>()];
        return held.IsEmpty
            ? throw new MarketException("E2402", ExitCode.Unreachable, $"None of the {targets.Length} matching devices took the inputs; nothing was posted.", "market doctor; market book show; try again later")
            : held;
    }
}
