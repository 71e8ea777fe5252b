using System.Collections.Immutable;
using Market.Client.Faults;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;

namespace Market.Client.Quoting;

/// <summary>One tasklet to try: what it is called in messages, and what it reads.</summary>
internal sealed record SampleInput(string Item, byte[] Frame, ReadOnlyMemory<byte> Stdin);

/// <summary>What trying a stage's samples showed.</summary>
/// <param name="Local">The dearest of them.</param>
/// <param name="Fuels">What each needed, in order; fewer than there are samples if time ran out.</param>
/// <param name="Outputs">What each wrote.</param>
internal sealed record TrialResult(LocalRun Local, ImmutableArray<ulong> Fuels, ImmutableArray<ReadOnlyMemory<byte>> Outputs);

/// <summary>A stage's module, ready to run on this machine under the limits of the market.</summary>
internal sealed class ModuleTrial
{
    /// <summary>Longest run of one sample.</summary>
    public static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(20);

    // No further sample is started once this has passed.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(5);
    private const ulong AmpleFuel = 1UL << 50;

    private readonly IRuntime _runtime;
    private readonly TimeProvider _time;
    private readonly StageSpec _stage;
    private readonly PreparedModule _module;

    private ModuleTrial(IRuntime runtime, TimeProvider time, StageSpec stage, PreparedModule module) => (_runtime, _time, _stage, _module) = (runtime, time, stage, module);

    // Which task is meant; a job of one has only one.
    private string Where => _stage.Id == StageId.Main ? "" : $" in stage '{_stage.Id}'";

    /// <summary>Checks and compiles the module.</summary>
    /// <exception cref="MarketException">E1301 and E1306: the market, or this machine, does not run it.</exception>
    public static async Task<ModuleTrial> PrepareAsync(IRuntime runtime, TimeProvider time, StageSpec stage, ReadOnlyMemory<byte> module, CancellationToken cancel) =>
        await runtime.PrepareAsync(BlobName.Of(module.Span), module, cancel) switch
        {
            Preparation.Ready ready => new ModuleTrial(runtime, time, stage, ready.Module),
            Preparation.Refused refused => throw new MarketException("E1301", ExitCode.FileInvalid, $"{stage.Task.Module} cannot run on the market: {refused.Reason}.", "build it for WASI preview 1"),
            Preparation.GaveUp gaveUp => throw Unfit(gaveUp.Reason, gaveUp.Detail),
            var other => throw new InvalidOperationException($"unknown preparation {other.GetType().Name}"),
        };

    /// <summary>Runs samples until time runs out, at least one, and the dearest again: two runs that differ would be paid for and then disputed.</summary>
    /// <exception cref="MarketException">E1302 and E1304 to E1306: the module fails, differs, takes too long, or cannot run here.</exception>
    public async Task<TrialResult> RunAsync(IReadOnlyList<SampleInput> samples, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        var runs = new List<(RunOutcome.Halted Outcome, TimeSpan Elapsed)>();
        foreach (var sample in samples)
        {
            if (runs.Count > 0 && _time.GetElapsedTime(started) > Enough) break;
            var before = _time.GetTimestamp();
            var outcome = await RunOneAsync(sample, cancel);
            runs.Add((outcome, _time.GetElapsedTime(before)));
        }

        var dear = Enumerable.Range(0, runs.Count).MaxBy(i => runs[i].Outcome.FuelUsed);
        var again = await RunOneAsync(samples[dear], cancel);
        if (runs[dear].Outcome.ToResult() != again.ToResult())
        {
            throw new MarketException(
                "E1304", ExitCode.FileInvalid, $"Two local runs on '{samples[dear].Item}'{Where} gave different results, so devices cannot agree on one.",
                "report it: canonical modules see no clock and no randomness");
        }

        var local = new LocalRun(samples[dear].Item, new Fuel(runs[dear].Outcome.FuelUsed), runs[dear].Elapsed, runs.Count);
        return new TrialResult(local, [.. runs.Select(run => run.Outcome.FuelUsed)], [.. runs.Select(run => run.Outcome.Output)]);
    }

    private async Task<RunOutcome.Halted> RunOneAsync(SampleInput sample, CancellationToken cancel)
    {
        var limits = _stage.Limits;
        var outputLimit = (uint)Math.Min(limits.Output.Bytes, RunLimits.MaxOutputBytes);
        var run = new TaskletRun(_module, sample.Frame, sample.Stdin, new RunLimits(AmpleFuel, limits.MemoryPages, outputLimit, LongestRun));
        switch (await _runtime.RunAsync(run, cancel))
        {
            case RunOutcome.Halted { Status: TaskletStatus.Exited, ExitCode: 0 } halted:
                return halted;
            case RunOutcome.Halted { Status: TaskletStatus.Exited } halted:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"Run here on '{sample.Item}'{Where}, the module exits with code {halted.ExitCode}; nothing was sent.", "mend the module, its arguments or the input");
            case RunOutcome.Halted halted:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"Run here on '{sample.Item}'{Where}, the module traps: {halted.Trap.Describe()}; nothing was sent.", FixFor(halted.Trap, limits));
            case RunOutcome.Refused refused:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"The module and its limits{Where} do not fit together: {refused.Reason}; nothing was sent.", $"raise limits.memory ({limits.Memory} now)");
            case RunOutcome.GaveUp { Reason: GiveUpReason.WallClock }:
                throw new MarketException(
                    "E1305", ExitCode.FileInvalid, $"Run here on '{sample.Item}'{Where}, the module does not end within {LongestRun.TotalSeconds:0} s; nothing was sent.",
                    "cut the work into smaller tasklets, or give limits.fuel and add --skip-local-run");
            case RunOutcome.GaveUp gaveUp:
                throw Unfit(gaveUp.Reason, gaveUp.Detail);
            case var other:
                throw new InvalidOperationException($"unknown outcome {other.GetType().Name}");
        }
    }

    private static string FixFor(TrapKind trap, LimitSpec limits) => trap switch
    {
        TrapKind.OutputLimit => $"raise limits.output ({limits.Output} now)",
        TrapKind.MemoryBounds or TrapKind.Unreachable => $"mend the module; if it runs out of memory, raise limits.memory ({limits.Memory} now)",
        _ => "mend the module, its arguments or the input",
    };

    private static MarketException Unfit(GiveUpReason reason, string detail) => new(
        "E1306", ExitCode.Internal, $"This machine cannot run the module: {detail} ({reason}).", "market doctor; or give limits.fuel and add --skip-local-run");
}
