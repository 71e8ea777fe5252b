using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Blobs;
using Market.Chain;
using Market.Chain.Contracts;
using Market.Chain.Transactions;
using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Client.Quoting;
using Market.Domain.Identity;
using Market.Ethereum.Signing;
using Market.Hashing;
using Market.Transport.Peers;
using Market.Transport.Tokens;

namespace Market.Client.Posting;

/// <summary>How far a posting is.</summary>
public enum PostStage
{
    /// <summary>Inputs are read and named.</summary>
    Storing,

    /// <summary>Inputs go to devices.</summary>
    Pushing,

    /// <summary>The offer's transaction is out.</summary>
    Posting,
}

/// <summary>What a posting does now.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Text">In words.</param>
public sealed record PostProgress(PostStage Stage, string Text);

/// <summary>Makes a job's inputs available, then posts its offer. The record is on disk before money moves.</summary>
internal sealed class JobPoster(MarketConnection connection, ComputeMarketAccount account, EthereumKey key, JobStore store, TimeProvider time, RandomNumberGenerator random)
{
    // Devices beyond those that are leased at once, for ranges that are leased again.
    private const int SpareHolders = 2;
    private const int MaxHolders = 12;
    private static readonly TimeSpan KeepMargin = TimeSpan.FromMinutes(15);

    /// <summary>Pushes and posts.</summary>
    /// <exception cref="MarketException">Credit is short, no device takes the inputs, or the market refuses.</exception>
    public async Task<JobRecord> PostAsync(
        Quote quote, JobRecord record, IReadOnlyDictionary<DeviceId, Peer> peers, IProgress<PostProgress>? progress, CancellationToken cancel)
    {
        if (quote.Credit < quote.Plan.Escrow)
        {
            var asset = quote.Asset;
            throw new MarketException(
                "E2101", ExitCode.Funds, $"Escrow needs {asset.Format(quote.Plan.Escrow)}, the account holds {asset.Format(quote.Credit)} of credit; nothing was sent.",
                $"market account deposit {asset.FormatNumber(quote.Plan.Escrow - quote.Credit)}, or a lower --budget");
        }

        await store.SaveAsync(record, cancel);
        var mayBePosted = false;
        try
        {
            using (var folder = store.OpenFolder(record.Id))
            {
                var names = await StoreAsync(quote.Job.Blobs(), folder.Blobs, progress, cancel);
                record = record with { Holders = await PushAsync(quote, folder.Blobs, names, peers, progress, cancel) };
            }

            await store.SaveAsync(record, cancel);
            progress?.Report(new PostProgress(PostStage.Posting, "posting the offer"));
            mayBePosted = true;
            var outcome = await account.PostAndMatchAsync(record.Terms, record.Work, cancel);

            // A late transaction may still be mined: then the record is what finds the job again.
            mayBePosted = outcome is SendOutcome.Mined or SendOutcome.Late;
            if (outcome is not SendOutcome.Mined mined) throw new MarketException(ChainFaults.Of(outcome, quote.Asset));
            record = record with { PostTransaction = mined.Receipt.TransactionHash };
            await store.SaveAsync(record, CancellationToken.None);
            return record;
        }
        catch when (!mayBePosted)
        {
            store.Remove(record.Id);
            throw;
        }
    }

    /// <summary>Reads blobs and keeps them in the job's folder.</summary>
    internal static async Task<ImmutableArray<BlobName>> StoreAsync(IEnumerable<JobBlob> all, BlobStore blobs, IProgress<PostProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new PostProgress(PostStage.Storing, "reading inputs"));
        var names = ImmutableArray.CreateBuilder<BlobName>();
        foreach (var blob in all)
        {
            if (!blobs.Holds(blob.Name))
            {
                var put = await blobs.PutAsync(await blob.ReadAsync(cancel), cancel);
                if (put.Outcome != BlobOutcome.Stored) throw new MarketException("E1240", ExitCode.Internal, $"The inputs cannot be kept on disk: {put.Outcome}.", "free some space");
                if (put.Name != blob.Name) throw new MarketException("E1241", ExitCode.FileInvalid, "An input file changed while the job was being sent; nothing was posted.", "run the command again");
            }

            names.Add(blob.Name);
        }

        return names.ToImmutable();
    }

    private async Task<ImmutableArray<JobHolder>> PushAsync(
        Quote quote, BlobStore blobs, ImmutableArray<BlobName> names, IReadOnlyDictionary<DeviceId, Peer> peers, IProgress<PostProgress>? progress, CancellationToken cancel)
    {
        var deployment = connection.Deployment;
        using var connections = new PeerConnections(new SigningDomain(deployment.ChainId, deployment.Market), key, time, random);
        var targets = Targets(quote).Select(device => peers.GetValueOrDefault(device)).OfType<Peer>().ToArray();
        var keepFor = KeepFor(quote);
        progress?.Report(new PostProgress(PostStage.Pushing, $"sending {names.Length} inputs to {targets.Length} devices"));
        var holders = await Task.WhenAll(targets.Select(peer => PushToAsync(connections.To(peer), blobs, names, keepFor, progress, cancel)));
        ImmutableArray<JobHolder> held = [.. holders.OfType<JobHolder>()];
        if (held.IsEmpty)
        {
            throw new MarketException(
                "E2402", ExitCode.Unreachable, $"None of the {targets.Length} matching devices took the inputs; nothing was posted.", "market doctor; market book show; try again later");
        }

        return held;
    }

    /// <summary>Sends blobs to one device; null if it does not take them.</summary>
    internal static async Task<JobHolder?> PushToAsync(
        PeerClient peer, BlobStore blobs, ImmutableArray<BlobName> names, TimeSpan keepFor, IProgress<PostProgress>? progress, CancellationToken cancel)
    {
        var reply = await peer.PutAsync(blobs, names, keepFor, cancel);
        if (!reply.IsOk)
        {
            progress?.Report(new PostProgress(PostStage.Pushing, $"{peer.Peer.Device} did not take the inputs: {reply.Outcome} {reply.Reason}"));
            return null;
        }

        progress?.Report(new PostProgress(PostStage.Pushing, $"{peer.Peer.Device} holds the inputs"));
        var last = reply.Value.MinBy(receipt => receipt.KeptUntil)!;
        return new JobHolder(peer.Peer.Device, last.KeptUntil, Hex.Encode(last.Signature.ToArray()));
    }

    /// <summary>The devices that would be leased, or will be once they are free, then some that could be.</summary>
    private static IEnumerable<DeviceId> Targets(Quote quote)
    {
        var leased = (quote.Plan.Waits ? quote.Plan.Shares.Select(share => share.Device) : quote.Fills.Select(fill => fill.Device)).ToArray();
        var spare = quote.Snapshot.Bids
            .Where(bid => bid.ClassKey == quote.Plan.Terms.ClassKey && bid.Tick <= quote.Plan.Terms.MaxTick && bid.Takes(quote.Plan.Terms.Verdict))
            .OrderBy(bid => bid.Tick)
            .Select(bid => bid.Device)
            .Except(leased);
        return leased.Concat(spare.Take(SpareHolders)).Distinct().Take(MaxHolders);
    }

    private static TimeSpan KeepFor(Quote quote)
    {
        var terms = quote.Plan.Terms;
        var rules = quote.Snapshot.Rules;
        var seconds = terms.Deadline.SecondsFrom(quote.Snapshot.Now) + terms.LeaseSeconds + rules.GraceSeconds + terms.WindowSeconds;
        return TimeSpan.FromSeconds(seconds) + KeepMargin;
    }
}
