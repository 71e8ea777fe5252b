using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Domain.Planning.Graphs;
using Market.Sandbox;
using Market.Wasm;

namespace Market.Client.Quoting;

/// <summary>What running a stage's samples on this machine showed.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Local">The dearest sample; null if nothing was run.</param>
/// <param name="Estimate">How many tasklets of how much fuel it will have.</param>
public sealed record StageSample(StageId Stage, LocalRun? Local, StageEstimate Estimate)
{
    /// <summary>What showing the judge one of its inputs will probably weigh, in bytes; 0 where inputs are listed.</summary>
    public long Evidence { get; init; }

    /// <summary>Whether a dispute about its results can be opened at all.</summary>
    public bool IsJudged => Evidence <= EvidenceWeight.Most;
}

/// <summary>
/// Runs a few real inputs of every stage of a job on this machine, on the meter that devices use: those of stages that read
/// others are made of the outputs that the samples of their parents really gave.
/// </summary>
public sealed class StageSampler(IRuntime runtime, TimeProvider time)
{
    private const int MostSamples = 4;

    // A join of more is made shorter, and its fuel counted up in proportion.
    private const long LongestJoin = 32L << 20;

    // What a stage's other tasklets may need more than the dearest that was tried: a quarter.
    private const ulong Margin = 4;

    /// <summary>Runs samples of every stage, parents first.</summary>
    /// <exception cref="MarketException">E1301 to E1320: a module fails, differs, takes too long, cannot run here, or fans out into nothing.</exception>
    public async Task<ImmutableArray<StageSample>> RunAsync(ResolvedJob job, CancellationToken cancel)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var known = new Tried[job.Stages.Length];
        foreach (var i in graph.Order)
        {
            var stage = job.Stages[i];
            var inputs = stage.Spec.Inputs is FromInputs from
                ? Read(stage, from, [.. graph.Parents[i].Select(parent => known[parent])])
                : await OwnAsync(job, stage, cancel);
            var module = await PreparedJob.ReadModuleAsync(stage, cancel);
            var trial = await ModuleTrial.PrepareAsync(runtime, time, stage.Spec, module, cancel);
            var result = await trial.RunAsync(inputs.Samples, cancel);
            known[i] = new Tried(Sample(stage.Spec.Id, inputs, result), result.Outputs);
        }

        return [.. known.Select(tried => tried.Sample)];
    }

    private static async Task<StageInput> OwnAsync(ResolvedJob job, ResolvedStage stage, CancellationToken cancel)
    {
        var prepared = await PreparedJob.PrepareAsync(job, stage, cancel);
        var samples = new List<SampleInput>();
        foreach (var index in LocalRunner.Samples(prepared)) samples.Add(await LocalRunner.SampleAsync(prepared, index, cancel));
        return new StageInput(samples, (uint)stage.Tasklets.Length, (uint)stage.Tasklets.Length, 1);
    }

    private static StageInput Read(ResolvedStage stage, FromInputs from, ImmutableArray<Tried> parents)
    {
        var (likely, most) = (parents[0].Sample.Estimate.Likely, parents[0].Sample.Estimate.Most);
        switch (from)
        {
            case FanOutInputs fanOut:
                StatedStages.RequireOne(stage.Spec.Id, fanOut.Parents[0], most);
                if (!FrameList.TryRead(parents[0].Outputs[0], fanOut.Max, out var frames))
                {
                    throw new MarketException(
                        "E1320", ExitCode.FileInvalid, $"Run here, stage '{parents[0].Sample.Stage}' wrote no list of 1 to {fanOut.Max} frames, which stage '{stage.Spec.Id}' fans out; nothing was sent.",
                        "write the list that docs/jobs.md describes, or raise inputs.max");
                }

                return new StageInput([.. Few(frames).Select((stdin, i) => Input(stage, $"frame {i}", stdin))], (uint)frames.Length, (uint)fanOut.Max, 1)
                {
                    Evidence = EvidenceWeight.Of(InputFrame.HeaderSize, 1, 1, parents[0].Outputs[0].Length),
                };
            case EachInputs:
                var pairs = Enumerable.Range(0, parents.Min(parent => parent.Outputs.Length));
                return new StageInput([.. pairs.Select(i => Input(stage, $"output {i}", StageInputs.Join(from, [.. parents.Select(parent => ImmutableArray.Create(parent.Outputs[i]))])))], likely, most, 1)
                {
                    Evidence = EvidenceWeight.Of(InputFrame.HeaderSize, parents.Length, parents.Length, parents.Length == 1 ? 0 : pairs.Max(i => parents.Sum(parent => (long)parent.Outputs[i].Length))),
                };
            case GroupInputs group:
                var size = (uint)Math.Min(group.Size, likely);
                return Joined(stage, from, parents, size, Groups(likely, group.Size), Groups(most, group.Size));
            default:
                return Joined(stage, from, parents, likely, 1, 1);
        }
    }

    /// <summary>A join as long as the real one: the outputs that there are, over and over, in as many parts as there will be.</summary>
    private static StageInput Joined(ResolvedStage stage, FromInputs from, ImmutableArray<Tried> parents, uint parts, uint likely, uint most)
    {
        var each = parents.Sum(parent => parent.Outputs.Average(output => (double)output.Length) + Frames.HeaderSize);
        var kept = (uint)Math.Clamp(LongestJoin / Math.Max(1, each), 1, parts);
        var outputs = parents.Select(parent => Enumerable.Range(0, (int)kept).Select(i => parent.Outputs[i % parent.Outputs.Length]).ToImmutableArray()).ToImmutableArray();
        return new StageInput([Input(stage, $"{kept} outputs", StageInputs.Join(from, outputs))], likely, most, (double)parts / kept)
        {
            Evidence = EvidenceWeight.Of(InputFrame.HeaderSize, parents.Length, (long)parts * parents.Length, (long)(parts * (each - (parents.Length * Frames.HeaderSize)))),
        };
    }

    private static SampleInput Input(ResolvedStage stage, string item, ReadOnlyMemory<byte> stdin)
    {
        ImmutableArray<string> args = [stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(0, ""))];
        return new SampleInput(item, new InputFrame(args, (ulong)stdin.Length).Encode(), stdin);
    }

    private static StageSample Sample(StageId stage, StageInput inputs, TrialResult result)
    {
        ulong Scaled(double fuel) => (ulong)Math.Max(1, fuel * inputs.Scale);
        var high = Scaled(result.Fuels.Max());
        var tried = (uint)result.Fuels.Length;
        var range = new FuelRange(
            new Fuel(Scaled(result.Fuels.Min())),
            new Fuel(Scaled(result.Fuels.Average(fuel => (double)fuel))),
            new Fuel(tried >= inputs.Most && inputs.Scale <= 1 ? high : high + (high / Margin)));
        return new StageSample(stage, result.Local with { Fuel = new Fuel(high) }, new StageEstimate(inputs.Likely, inputs.Most, range)) { Evidence = inputs.Evidence };
    }

    private static uint Groups(uint count, int size) => (uint)((count + (ulong)size - 1) / (ulong)size);

    /// <summary>First, middle and last, and the longest.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Few(ImmutableArray<ReadOnlyMemory<byte>> all)
    {
        var longest = Enumerable.Range(0, all.Length).MaxBy(i => all[i].Length);
        return new[] { longest, 0, all.Length / 2, all.Length - 1 }.Distinct().Take(MostSamples).Select(i => all[i]);
    }

    private sealed record StageInput(IReadOnlyList<SampleInput> Samples, uint Likely, uint Most, double Scale)
    {
        public long Evidence { get; init; }
    }

    private sealed record Tried(StageSample Sample, ImmutableArray<ReadOnlyMemory<byte>> Outputs);
}
