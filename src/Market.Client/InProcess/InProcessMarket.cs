using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Sandbox.Wasm;
using Market.Wasm;

namespace Market.Client.InProcess;

/// <summary>
/// Runs whole jobs on this machine alone: the same worker, meter and rules about who reads what as devices use, without
/// chain, money or peers. For unit tests of jobs, and to see what a job gives before it costs anything.
/// </summary>
public sealed class InProcessMarket : IAsyncDisposable
{
    private const ulong AmpleFuel = 1UL << 50;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly WasmRuntime _runtime;

    private InProcessMarket(WasmRuntime runtime) => _runtime = runtime;

    /// <summary>Starts a worker.</summary>
    /// <param name="directory">Private folder for compiled modules.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="FileNotFoundException">The worker has not been built.</exception>
    public static InProcessMarket Open(string directory, TimeProvider time) =>
        new(new WasmRuntime(new SandboxOptions { Directory = directory, Lanes = 1 }, time));

    /// <summary>Runs every stage and returns the outputs of the result stage in order.</summary>
    /// <exception cref="MarketException">E1302: a tasklet fails. E1301: a module is none of the market's.</exception>
    public async Task<ImmutableArray<ReadOnlyMemory<byte>>> RunAsync(ResolvedJob job, CancellationToken cancel)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var outputs = new ImmutableArray<ReadOnlyMemory<byte>>[job.Stages.Length];
        foreach (var at in graph.Order)
        {
            var stage = job.Stages[at];
            outputs[at] = await RunAsync(stage, await InputsAsync(stage, [.. graph.Parents[at].Select(parent => outputs[parent])], cancel), cancel);
        }

        return outputs[job.Stages.IndexOf(job.Result)];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _runtime.DisposeAsync();

    private async Task<ImmutableArray<ReadOnlyMemory<byte>>> RunAsync(ResolvedStage stage, ImmutableArray<Input> inputs, CancellationToken cancel)
    {
        var code = await PreparedJob.ReadModuleAsync(stage, cancel);
        var module = await _runtime.PrepareAsync(BlobName.Of(code), code, cancel) is Preparation.Ready ready
            ? ready.Module
            : throw new MarketException("E1306", ExitCode.Internal, $"This machine cannot run {stage.Spec.Task.Module}.", "market doctor");
        var limits = new RunLimits(stage.Spec.Limits.Fuel?.Units ?? AmpleFuel, stage.Spec.Limits.MemoryPages, (uint)stage.Spec.Limits.Output.Bytes, Longest);
        var outputs = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(inputs.Length);
        foreach (var (input, index) in inputs.Select((input, i) => (input, i)))
        {
            var frame = new InputFrame(input.Arguments, (ulong)input.Stdin.Length).Encode();
            var outcome = await _runtime.RunAsync(new TaskletRun(module, frame, input.Stdin, limits), cancel);
            if (outcome is not RunOutcome.Halted { Status: TaskletStatus.Exited, ExitCode: 0 } halted)
            {
                throw new MarketException("E1302", ExitCode.FileInvalid, $"Stage '{stage.Spec.Id}' fails on tasklet {index}: {Describe(outcome)}.", "mend the module, its arguments or the input");
            }

            outputs.Add(halted.Output);
        }

        return outputs.MoveToImmutable();
    }

    private static async Task<ImmutableArray<Input>> InputsAsync(ResolvedStage stage, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> parents, CancellationToken cancel)
    {
        var inputs = ImmutableArray.CreateBuilder<Input>();
        if (stage.Spec.Inputs is not FromInputs from)
        {
            foreach (var tasklet in stage.Tasklets) inputs.Add(new Input(tasklet.Args, await tasklet.ReadStdinAsync(cancel)));
            return inputs.ToImmutable();
        }

        foreach (var stdin in Contents(stage, from, parents))
        {
            inputs.Add(new Input([stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(inputs.Count, ""))], stdin));
        }

        return inputs.ToImmutable();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Contents(ResolvedStage stage, FromInputs from, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> parents)
    {
        if (from is FanOutInputs fan)
        {
            return FrameList.TryRead(parents[0][0], fan.Max, out var frames)
                ? frames
                : throw new MarketException("E1302", ExitCode.FileInvalid, $"What stage '{stage.Spec.Id}' fans out is no list of 1 to {fan.Max} frames.", "docs/jobs.md, Joins");
        }

        ImmutableArray<int> counts = [.. parents.Select(parent => parent.Length)];
        return Enumerable.Range(0, (int)StageCounts.Of(from, counts[0])!.Value)
            .Select(index => StageInputs.Join(from, [.. StageInputs.Ranges(from, counts, index).Select((range, i) => parents[i][range.First..range.End])]));
    }

    private static string Describe(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Halted { Status: TaskletStatus.Exited } halted => $"exit code {halted.ExitCode}",
        RunOutcome.Halted halted => halted.Trap.Describe(),
        RunOutcome.GaveUp gaveUp => gaveUp.Detail,
        RunOutcome.Refused refused => refused.Reason,
        _ => "unknown",
    };

    private sealed record Input(ImmutableArray<string> Arguments, ReadOnlyMemory<byte> Stdin);
}
