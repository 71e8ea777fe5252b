using System.Collections.Immutable;
using Market.Blobs;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Domain.Leases;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Storage;
using Market.Node.Transfer;
using Market.Wasm;

namespace Market.Node.Leases;

/// <summary>
/// Makes the inputs of a stage that reads others: they follow from its rule and from outputs that the rule names, so this
/// device asserts nothing and can be wrong about nothing. What it makes is kept by name like any input.
/// </summary>
internal sealed class InputDeriver(BlobStore blobs, BlobGatherer gatherer, LeasePins pins, MarketProjection projection)
{
    /// <summary>The inputs of a lease's tasklets, or why they cannot be had.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="rule">Names the inputs; checked against the work's hash by the caller.</param>
    /// <param name="keepUntil">Until when they are needed.</param>
    /// <param name="patience">How long to go on asking.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<(ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> DeriveAsync(
        Lease lease, InputRuleTuple rule, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        if (!InputFrame.TryDecode(rule.Frame.Span, out var frame)) return (null, Bad("the frame of its inputs is malformed"));
        ImmutableArray<ImmutableArray<BlobName>> lists = [.. rule.Whole(projection.State).Sources.Select(source => source.Roots.Select((root, i) => ResultList.NameOf(root, source.Counts[i])).ToImmutableArray())];
        if (await HaveAsync(lease, [.. lists.SelectMany(names => names)], keepUntil, patience, cancel) is { } missing) return (null, missing);
        var sources = new ImmutableArray<BlobName>[lists.Length];
        for (var i = 0; i < lists.Length; i++)
        {
            if (await OutputsAsync(lists[i], cancel) is not { } outputs) return (null, Bad("a result list that it reads is malformed"));
            sources[i] = outputs;
        }

        return rule.Kind == InputKindCode.FanOut
            ? await FanOutAsync(lease, rule, frame!, sources[0], keepUntil, patience, cancel)
            : await JoinAsync(lease, rule.ToInputs(), frame!, sources, keepUntil, patience, cancel);
    }

    private async Task<(ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> JoinAsync(
        Lease lease, FromInputs inputs, InputFrame frame, ImmutableArray<BlobName>[] sources, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        ImmutableArray<int> counts = [.. sources.Select(source => source.Length)];
        var reads = Enumerable.Range((int)lease.First, (int)lease.Count)
            .Select(index => StageInputs.Ranges(inputs, counts, index).Select((range, i) => sources[i][range.First..range.End]).ToImmutableArray())
            .ToArray();
        BlobName[] names = [.. reads.SelectMany(parents => parents.SelectMany(outputs => outputs)).Distinct()];
        if (await HaveAsync(lease, names, keepUntil, patience, cancel) is { } missing) return (null, missing);

        var records = new ManifestRecord[lease.Count];
        for (var i = 0; i < reads.Length; i++)
        {
            var contents = ImmutableArray.CreateBuilder<ImmutableArray<ReadOnlyMemory<byte>>>();
            foreach (var outputs in reads[i])
            {
                var parts = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(outputs.Length);
                foreach (var output in outputs) parts.Add(await blobs.ReadAsync(output, cancel));
                contents.Add(parts.MoveToImmutable());
            }

            if (await PutAsync(frame, StageInputs.Join(inputs, contents.ToImmutable()), keepUntil, cancel) is not { } record) return (null, Full());
            records[i] = record;
        }

        return (Pinned(lease, records), null);
    }

    private async Task<(ManifestRecord[]? Inputs, WorkOutcome.GiveUp? Missing)> FanOutAsync(
        Lease lease, InputRuleTuple rule, InputFrame frame, ImmutableArray<BlobName> outputs, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        if (await HaveAsync(lease, [outputs[0]], keepUntil, patience, cancel) is { } missing) return (null, missing);
        ReadOnlyMemory<byte> list = await blobs.ReadAsync(outputs[0], cancel);
        // The chain saw the head before the stage could open.
        if (!FrameList.TryRead(list, (int)rule.Size, out var frames)) return (null, Bad("the output that it fans out is no list"));
        var records = new ManifestRecord[lease.Count];
        for (var i = 0; i < records.Length; i++)
        {
            var index = (int)lease.First + i;
            var content = index < frames.Length ? frames[index] : default;
            if (await PutAsync(frame, content, keepUntil, cancel) is not { } record) return (null, Full());
            records[i] = record;
        }

        return (Pinned(lease, records), null);
    }

    private async Task<ImmutableArray<BlobName>?> OutputsAsync(ImmutableArray<BlobName> lists, CancellationToken cancel)
    {
        var outputs = ImmutableArray.CreateBuilder<BlobName>();
        foreach (var name in lists)
        {
            if (!ResultList.TryDecode(await blobs.ReadAsync(name, cancel), out var list)) return null;
            outputs.AddRange(list!.Results.Select(result => result.Output));
        }

        return outputs.ToImmutable();
    }

    /// <summary>Gathers and pins blobs.</summary>
    private async Task<WorkOutcome.GiveUp?> HaveAsync(Lease lease, BlobName[] names, DateTimeOffset keepUntil, TimeSpan patience, CancellationToken cancel)
    {
        pins.PinInputs(lease.Key(), names);
        return await gatherer.GatherAsync(names, keepUntil, patience, cancel) is { } missing ? new WorkOutcome.GiveUp(DeclineReason.Unavailable, missing) : null;
    }

    /// <summary>Stores one input; null if the disk is full.</summary>
    private async Task<ManifestRecord?> PutAsync(InputFrame template, ReadOnlyMemory<byte> stdin, DateTimeOffset keepUntil, CancellationToken cancel)
    {
        var frame = template with { StdinLength = (ulong)stdin.Length };
        var (head, body) = (await blobs.PutAsync(frame.Encode(), cancel), await blobs.PutAsync(stdin, cancel));
        if (head.Outcome != BlobOutcome.Stored || body.Outcome != BlobOutcome.Stored) return null;
        return blobs.Keep(head.Name, keepUntil) && blobs.Keep(body.Name, keepUntil) ? new ManifestRecord(head.Name, body.Name) : null;
    }

    private ManifestRecord[] Pinned(Lease lease, ManifestRecord[] records)
    {
        pins.PinInputs(lease.Key(), [.. records.SelectMany(r => new[] { r.Frame, r.Stdin }).Distinct()]);
        return records;
    }

    private static WorkOutcome.GiveUp Bad(string why) => new(DeclineReason.BadModule, why);

    private static WorkOutcome.GiveUp Full() => new(DeclineReason.Other, "its inputs could not be stored");
}
