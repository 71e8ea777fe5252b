using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Chain.Generated.InputOpener;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Ethereum.Abi;
using Market.Hashing;
using Rule = Market.Chain.Generated.JobManager.InputRuleTuple;

namespace Market.Chain.Jobs;

/// <summary>
/// The standard input of a tasklet of a stage that reads others, found again from the stage's rule, and what shows it to the contract
/// InputOpener, which follows the same rule.
/// </summary>
/// <param name="Stdin">Standard input.</param>
/// <param name="Opening">An ABI-encoded InputEvidence; if that is too heavy, as much of it as shows that.</param>
/// <param name="IsJudged">Whether it is not too heavy: <see cref="EvidenceWeight"/>.</param>
public sealed record DerivedInput(byte[] Stdin, byte[] Opening, bool IsJudged)
{
    /// <summary>What a tasklet reads by a rule, or in words what is missing.</summary>
    /// <param name="rule">The rule, as the stage's opening announced it.</param>
    /// <param name="state">Knows which roots were committed.</param>
    /// <param name="tasklet">The tasklet, by its number in the stage's offer.</param>
    /// <param name="read">Reads a blob by name; null if it is not to be had.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<(DerivedInput? Input, string? Missing)> FindAsync(
        Rule rule, MarketState state, uint tasklet, Func<BlobName, CancellationToken, Task<byte[]?>> read, CancellationToken cancel)
    {
        var inputs = rule.ToInputs();
        var ranges = inputs is FanOutInputs ? [(0, 1)] : StageInputs.Ranges(inputs, [.. rule.Sources.Select(source => source.Count())], (int)tasklet);
        var shown = new List<ReadOutputTuple>();
        var contents = ImmutableArray.CreateBuilder<ImmutableArray<ReadOnlyMemory<byte>>>();
        foreach (var (source, range) in rule.Whole(state).Sources.Zip(ranges))
        {
            var parts = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
            for (var place = range.First; place < range.End; place++)
            {
                var (root, count, position) = LeaseOf(source, place);
                if (await read(ResultList.NameOf(root, count), cancel) is not { } list) return (null, "a result list that it reads");
                var record = Leaf(list, position);
                if (!TaskletResult.TryDecode(record.AsSpan(0, TaskletResult.Size), out var result)) return (null, "a sound result that it reads");
                if (await read(result!.Output, cancel) is not { } output) return (null, "an output that it reads");
                parts.Add(output);
                shown.Add(new ReadOutputTuple(HexBytes.Wrap(record), [.. ByteTree.Siblings(list, position)], HexBytes.Wrap(output)));
            }

            contents.Add(parts.ToImmutable());
        }

        var stdin = StdinOf(inputs, contents.ToImmutable(), (int)tasklet);
        if (stdin is null) return (null, "a list that it fans out");
        var (opening, judged) = Open(rule, shown);
        return (new DerivedInput(stdin, opening, judged), null);
    }

    /// <summary>The name of the output that a record speaks of, as ResultRecord in the contract reads it.</summary>
    public static BlobName NameIn(ReadOnlySpan<byte> record) => new(new Hash256(record.Slice(22, Hash256.Size)), (long)BinaryPrimitives.ReadUInt64BigEndian(record[14..]));

    /// <summary>Standard input from what a tasklet reads, a list for each stage; null if what it fans out is no list.</summary>
    public static byte[]? StdinOf(FromInputs inputs, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> contents, int tasklet)
    {
        if (inputs is not FanOutInputs fan) return StageInputs.Join(inputs, contents).ToArray();
        return FrameList.TryRead(contents[0][0], fan.Max, out var frames) ? tasklet < frames.Length ? frames[tasklet].ToArray() : [] : null;
    }

    /// <summary>The evidence, or as much of it as shows that it would be too heavy.</summary>
    private static (byte[] Opening, bool IsJudged) Open(Rule rule, List<ReadOutputTuple> shown)
    {
        var leases = rule.Sources.Sum(source => (long)source.Roots.Length);
        var direct = rule.Kind == Generated.JobManager.InputKindCode.Each && rule.Sources.Length == 1;
        var joined = direct ? 0 : shown.Sum(output => (long)output.Data.Length);
        var judged = EvidenceWeight.Of(rule.Frame.Length, leases, shown.Count, joined) <= EvidenceWeight.Most;
        var listed = EvidenceWeight.Of(rule.Frame.Length, leases, shown.Count, 0) <= EvidenceWeight.Most;
        ImmutableArray<ReadOutputTuple> outputs = [.. listed ? shown.Select(output => judged && !direct ? output : output with { Data = HexBytes.Wrap([]) }) : []];
        var words = AbiCodec.Encode(AbiTypes.Tuple<Rule>(), rule);
        var same = AbiCodec.Decode(AbiTypes.Tuple<InputRuleTuple>(), words);
        return (AbiCodec.Encode(AbiTypes.Tuple<InputEvidenceTuple>(), new InputEvidenceTuple(same, outputs)), judged);
    }

    private static (Hash256 Root, uint Count, int Position) LeaseOf(Generated.JobManager.SourceTuple source, int place)
    {
        for (var i = 0; i < source.Counts.Length; i++)
        {
            if (place < source.Counts[i]) return (source.Roots[i], source.Counts[i], place);
            place -= (int)source.Counts[i];
        }

        throw new ArgumentOutOfRangeException(nameof(place), place, "the stage has fewer outputs");
    }

    private static byte[] Leaf(byte[] content, int position) => content.AsSpan(position * ByteTree.LeafSize, ByteTree.LeafSize).ToArray();
}
