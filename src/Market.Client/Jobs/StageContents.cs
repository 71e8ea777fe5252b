using System.Collections.Immutable;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Hashing;
using Market.Wasm;

namespace Market.Client.Jobs;

/// <summary>What the tasklets of a stage that reads others find on their standard input.</summary>
internal static class StageContents
{
    /// <summary>One content for each tasklet; null if what fans out is no list.</summary>
    /// <param name="from">How the stage reads.</param>
    /// <param name="parents">All outputs of each stage that it reads.</param>
    public static IEnumerable<ReadOnlyMemory<byte>>? Of(FromInputs from, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> parents) => from is FanOutInputs fan
        ? FrameList.TryRead(parents[0][0], fan.Max, out var frames) ? frames : null
        : Of(from, [.. parents.Select(parent => parent.Select(output => (ReadOnlyMemory<byte>?)output).ToImmutableArray())]).Select(content => content!.Value);

    /// <summary>One content for each tasklet that can be told; null for one that reads an output that is not here.</summary>
    /// <param name="from">How the stage reads.</param>
    /// <param name="parents">The outputs of each stage that it reads, as far as they are here.</param>
    public static IEnumerable<ReadOnlyMemory<byte>?> Of(FromInputs from, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>?>> parents)
    {
        if (from is FanOutInputs fan) return parents[0][0] is { } list && FrameList.TryRead(list, fan.Max, out var frames) ? frames.Select(frame => (ReadOnlyMemory<byte>?)frame) : [];
        ImmutableArray<int> counts = [.. parents.Select(parent => parent.Length)];
        return Enumerable.Range(0, (int)StageCounts.Of(from, counts[0])!.Value).Select(index =>
        {
            ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>?>> parts = [.. StageInputs.Ranges(from, counts, index).Select((range, i) => parents[i][range.First..range.End])];
            return parts.Any(part => part.Any(output => output is null)) ? (ReadOnlyMemory<byte>?)null : StageInputs.Join(from, [.. parts.Select(part => part.Select(output => output!.Value).ToImmutableArray())]);
        });
    }

    /// <summary>A tasklet's input as manifests name it.</summary>
    public static ManifestRecord Record(ImmutableArray<string> arguments, ReadOnlyMemory<byte> stdin) =>
        new(BlobName.Of(new InputFrame(arguments, (ulong)stdin.Length).Encode()), BlobName.Of(stdin.Span));
}
