using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.JobFiles;
using Market.Client.Jobs;
using Market.Client.Mapping;
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
public sealed class InProcessMarket : IJobMarket
{
    private const ulong AmpleFuel = 1UL << 50;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly WasmRuntime _runtime;

    private InProcessMarket(WasmRuntime runtime) => _runtime = runtime;

    /// <summary>Starts a worker.</summary>
    /// <param name="directory">Private folder for compiled modules; null takes the command line's own.</param>
    /// <param name="time">Clock; null takes the system's.</param>
    /// <exception cref="FileNotFoundException">The worker has not been built.</exception>
    public static InProcessMarket Open(string? directory = null, TimeProvider? time = null) =>
        new(new WasmRuntime(new SandboxOptions { Directory = directory ?? Path.Combine(MarketHome.FromEnvironment().Root, "sandbox"), Lanes = 1 }, time ?? TimeProvider.System));

    /// <summary>Runs every stage and returns the outputs of the result stage in order.</summary>
    /// <exception cref="MarketException">E1302: a tasklet fails. E1301: a module is none of the market's.</exception>
    public async Task<ImmutableArray<ReadOnlyMemory<byte>>> RunAsync(ResolvedJob job, CancellationToken cancel)
    {
        var (result, outputs) = (job.Stages.IndexOf(job.Result), ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>());
        await foreach (var output in EnumerateAsync(job, cancel))
        {
            if (output.Stage != result) continue;
            if (output.Error is not null) throw Fails(job.Result, output.Index, output.Error);
            outputs.Add(output.Output);
        }

        return outputs.ToImmutable();
    }

    /// <inheritdoc/>
    public Task<JobHandle> StartAsync(JobDraft job, IProgress<string>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(job);
        return Task.FromResult<JobHandle>(new InProcessJob(this, job.Resolve()));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _runtime.DisposeAsync();

    /// <summary>Runs a job, tasklet by tasklet, as it is read.</summary>
    /// <exception cref="MarketException">E1302: a tasklet fails that others read. E1301: a module is none of the market's.</exception>
    internal async IAsyncEnumerable<HereOutput> EnumerateAsync(ResolvedJob job, [EnumeratorCancellation] CancellationToken cancel)
    {
        var graph = StageGraph.Of(job.File.Spec);
        var outputs = new ImmutableArray<ReadOnlyMemory<byte>>[job.Stages.Length];
        foreach (var at in graph.Order)
        {
            var stage = job.Stages[at];
            var inputs = await InputsAsync(stage, [.. graph.Parents[at].Select(parent => outputs[parent])], cancel);
            var read = graph.Parents.Any(parents => parents.Contains(at));
            var made = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(inputs.Length);
            var module = await PrepareAsync(stage, cancel);
            foreach (var input in inputs)
            {
                var output = await RunAsync(stage, module, input, cancel);
                if (output.Error is not null && read) throw Fails(stage, made.Count, output.Error);
                yield return new HereOutput(at, made.Count, inputs.Length, output.Bytes, output.FuelUsed, output.Error);
                made.Add(output.Bytes);
            }

            outputs[at] = made.MoveToImmutable();
        }
    }

    private async Task<PreparedModule> PrepareAsync(ResolvedStage stage, CancellationToken cancel)
    {
        var code = await PreparedJob.ReadModuleAsync(stage, cancel);
        return await _runtime.PrepareAsync(BlobName.Of(code), code, cancel) is Preparation.Ready ready
            ? ready.Module
            : throw new MarketException("E1306", ExitCode.Internal, $"This machine cannot run {stage.Spec.Task.Module}.", "market doctor");
    }

    private async Task<(ReadOnlyMemory<byte> Bytes, ulong FuelUsed, string? Error)> RunAsync(ResolvedStage stage, PreparedModule module, Input input, CancellationToken cancel)
    {
        var limits = new RunLimits(stage.Spec.Limits.Fuel?.Units ?? AmpleFuel, stage.Spec.Limits.MemoryPages, (uint)stage.Spec.Limits.Output.Bytes, Longest);
        var outcome = await _runtime.RunAsync(new TaskletRun(module, new InputFrame(input.Arguments, (ulong)input.Stdin.Length).Encode(), input.Stdin, limits), cancel);
        return outcome switch
        {
            RunOutcome.Halted { Status: TaskletStatus.Exited, ExitCode: 0 } halted => (halted.Output, halted.FuelUsed, null),
            RunOutcome.Halted halted => (halted.Output, halted.FuelUsed, Describe(outcome)),
            _ => (default, 0, Describe(outcome)),
        };
    }

    private static MarketException Fails(ResolvedStage stage, int tasklet, string what) =>
        new("E1302", ExitCode.FileInvalid, $"Stage '{stage.Spec.Id}' fails on tasklet {tasklet}: {what}.", "mend the module, its arguments or the input");

    private static async Task<ImmutableArray<Input>> InputsAsync(ResolvedStage stage, ImmutableArray<ImmutableArray<ReadOnlyMemory<byte>>> parents, CancellationToken cancel)
    {
        var inputs = ImmutableArray.CreateBuilder<Input>();
        if (stage.Spec.Inputs is not FromInputs from)
        {
            foreach (var tasklet in stage.Tasklets) inputs.Add(new Input(tasklet.Args, await tasklet.ReadStdinAsync(cancel)));
            return inputs.ToImmutable();
        }

        var contents = StageContents.Of(from, parents)
            ?? throw new MarketException("E1302", ExitCode.FileInvalid, $"What stage '{stage.Spec.Id}' fans out is no list of 1 to {((FanOutInputs)from).Max} frames.", "docs/jobs.md, Joins");
        foreach (var stdin in contents)
        {
            inputs.Add(new Input([stage.Program, .. stage.Spec.Task.Args.Select(arg => arg.Fill(inputs.Count, ""))], stdin));
        }

        return inputs.ToImmutable();
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

/// <summary>What one tasklet gave on this machine.</summary>
/// <param name="Stage">Position of its stage.</param>
/// <param name="Index">Its number.</param>
/// <param name="Count">Tasklets of its stage.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="FuelUsed">What it took.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
internal sealed record HereOutput(int Stage, int Index, int Count, ReadOnlyMemory<byte> Output, ulong FuelUsed, string? Error);
