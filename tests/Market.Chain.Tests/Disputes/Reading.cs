using System.Collections.Immutable;
using Market.Chain.Generated.JobManager;
using Market.Chain.Jobs;
using Market.Chain.Projection;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Ethereum;
using Market.Hashing;
using Market.Wasm;

namespace Market.Chain.Tests.Disputes;

/// <summary>What the one tasklet of a stage reads of earlier stages, whose results are made up here.</summary>
/// <param name="Rule">The stage's rule.</param>
/// <param name="Input">What follows from it.</param>
internal sealed record Reading(InputRuleTuple Rule, DerivedInput Input)
{
    /// <summary>One for each kind of rule, with every way to join.</summary>
    public static readonly ImmutableArray<string> Kinds = ["each", "each of two", "group", "all of two", "fan-out", "an output as it is, of any size"];

    /// <summary>Ones that no transaction can show: too many bytes, and too many outputs.</summary>
    public static readonly ImmutableArray<string> HeavyKinds = ["a large output in a list", "200 outputs"];

    private static readonly byte[][] Texts = [.. ((string[])["one two three", "two", "", "one two four five", "six"]).Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>The reading of a kind; the story of a text runs on what it reads.</summary>
    public static async Task<Reading> OfAsync(string kind, CancellationToken cancel)
    {
        var blobs = new Dictionary<BlobName, byte[]>();
        SourceTuple Stage(byte[][] outputs, params uint[] leases)
        {
            var roots = ImmutableArray.CreateBuilder<Hash256>();
            var first = 0;
            foreach (var count in leases)
            {
                var mine = outputs.AsSpan(first, (int)count).ToArray();
                foreach (var output in mine) blobs[BlobName.Of(output)] = output;
                var list = new ResultList(mine.Select(output => new TaskletResult(TaskletStatus.Exited, 0, 7, BlobName.Of(output))));
                blobs[list.Name] = list.Content;
                roots.Add(list.Name.Root);
                first += (int)count;
            }

            return new SourceTuple([.. leases], roots.ToImmutable());
        }

        InputRuleTuple Rule(InputKindCode code, JoinCode join, uint size, params SourceTuple[] sources) =>
            new(code, join, size, HexBytes.Wrap(new InputFrame(Story.TextArguments, 0).Encode()), [.. sources]);

        var rule = kind switch
        {
            "each" => Rule(InputKindCode.Each, JoinCode.Framed, 0, Stage(Texts, 2, 3)),
            "each of two" => Rule(InputKindCode.Each, JoinCode.Framed, 0, Stage(Texts, 2, 3), Stage([.. Texts.Reverse()], 5)),
            "group" => Rule(InputKindCode.Group, JoinCode.Concat, 4, Stage(Texts, 3, 2)),
            "all of two" => Rule(InputKindCode.Group, JoinCode.Framed, 0, Stage(Texts, 1, 4), Stage([.. Texts.Reverse()], 5)),
            "fan-out" => Rule(InputKindCode.FanOut, JoinCode.Framed, 9, Stage([FrameList.Encode([.. Texts.Select(text => (ReadOnlyMemory<byte>)text)])], 1)),
            "a large output in a list" => Rule(InputKindCode.Group, JoinCode.Framed, 0, Stage([new byte[EvidenceWeight.Most]], 1)),
            "200 outputs" => Rule(InputKindCode.Group, JoinCode.Framed, 0, Stage([.. Enumerable.Range(0, 200).Select(i => new byte[] { (byte)i })], 200)),
            _ => Rule(InputKindCode.Each, JoinCode.Framed, 0, Stage([[.. Enumerable.Range(0, 150_000).Select(i => (byte)(i % 7 == 0 ? ' ' : 'a' + (i % 3)))]], 1)),
        };
        var (input, missing) = await DerivedInput.FindAsync(rule, MarketState.Empty, 0, (name, _) => Task.FromResult(blobs.GetValueOrDefault(name)), cancel);
        Assert.Null(missing);
        Assert.Equal(!HeavyKinds.Contains(kind), input!.IsJudged);
        return new Reading(rule, input);
    }
}
