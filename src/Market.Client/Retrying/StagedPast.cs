using System.Collections.Immutable;
using Market.Chain.Jobs;
using Market.Client.Collecting;
using Market.Client.Jobs;
using Market.Client.Staging;
using Market.Domain.Offers;
using Market.Domain.Progress;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Retrying;

/// <summary>
/// What all stages of an earlier job brought, tasklet by tasklet, whatever became of the job: every attempt's bound results
/// count, each under the content that it was run on.
/// </summary>
internal sealed class StagedPast(StagedProgress progress, LeaseFetcher fetcher)
{
    private readonly Dictionary<Hash256, FetchedLease> _lists = [];

    /// <summary>The results that are to be had; their outputs are then in the fetcher's store.</summary>
    public async Task<ImmutableArray<PastResult>> ReadAsync(CancellationToken cancel)
    {
        var results = ImmutableArray.CreateBuilder<PastResult>();
        foreach (var attempt in progress.History.Attempts.SelectMany(attempts => attempts).Where(attempt => attempt.View.State != OfferState.None))
        {
            var leases = attempt.View.Leases.Where(lease => lease.HasResults).ToList();
            foreach (var lease in leases)
            {
                if (await fetcher.FetchAsync(lease, cancel) is { } fetched) _lists[lease.ResultRoot!.Value] = fetched;
            }

            var work = progress.State.Offers[attempt.Offer].Work;

            // Without its inputs nobody can say what was run.
            if (leases.Count == 0 || await InputsAsync(attempt, work, cancel) is not { } inputs) continue;
            foreach (var lease in leases) Add(results, lease, attempt.View.Terms, work, inputs);
        }

        return results.ToImmutable();
    }

    private void Add(ImmutableArray<PastResult>.Builder results, LeaseView lease, Terms terms, Work work, ImmutableArray<ManifestRecord?> inputs)
    {
        if (!_lists.TryGetValue(lease.ResultRoot!.Value, out var fetched)) return;
        for (var i = 0; i < fetched.List.Results.Length; i++)
        {
            if (inputs.ElementAtOrDefault((int)lease.Lease.First + i) is not { } input) continue;
            var (result, key) = (fetched.List.Results[i], new ContentKey(work.ModuleBlob, input, work.MemoryPages, work.OutputLimit));
            if (!result.Succeeded)
            {
                results.Add(new PastResult(key, result.RanDry(terms.Mfuel) ? PastEnding.OutOfFuel : PastEnding.Failed, terms.Mfuel, null));
            }
            else if (fetcher.Blobs.PathOf(result.Output) is { } file)
            {
                results.Add(new PastResult(key, PastEnding.Delivered, terms.Mfuel, file));
            }
        }
    }

    /// <summary>What the tasklets of an offer read: as listed, or as its rule makes it of what earlier stages gave; null where that is not here.</summary>
    private async Task<ImmutableArray<ManifestRecord?>?> InputsAsync(StageAttempt attempt, Work work, CancellationToken cancel)
    {
        if (work.Inputs == InputKind.Manifest) return (await fetcher.ManifestAsync(work, attempt.View.Terms.Total, cancel))?.Records.Select(record => (ManifestRecord?)record).ToImmutableArray();
        if (!progress.State.Rules.TryGetValue(attempt.Offer, out var rule) || !InputFrame.TryDecode(rule.Frame.Memory.Span, out var frame)) return null;
        var sources = ImmutableArray.CreateBuilder<ImmutableArray<ReadOnlyMemory<byte>?>>();
        foreach (var source in rule.Sources)
        {
            if (await OutputsAsync(source.Roots, cancel) is not { } outputs) return null;
            sources.Add(outputs);
        }

        return [.. StageContents.Of(rule.ToInputs(), sources.ToImmutable()).Select(content => content is { } stdin ? (ManifestRecord?)StageContents.Record(frame!.Arguments, stdin) : null)];
    }

    /// <summary>The outputs of a stage; null for those that are not here, and for what a tasklet wrote that failed.</summary>
    private async Task<ImmutableArray<ReadOnlyMemory<byte>?>?> OutputsAsync(ImmutableArray<Hash256> roots, CancellationToken cancel)
    {
        var outputs = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>?>();
        foreach (var root in roots)
        {
            if (!_lists.TryGetValue(root, out var fetched)) return null;
            foreach (var result in fetched.List.Results) outputs.Add(result.Succeeded && await fetcher.Blobs.ReadAsync(result.Output, cancel) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null);
        }

        return outputs.ToImmutable();
    }
}
