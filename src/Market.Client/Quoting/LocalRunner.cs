using Market.Client.Faults;
using Market.Client.Jobs;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Sandbox;

namespace Market.Client.Quoting;

/// <summary>What running a job's samples on this machine showed.</summary>
/// <param name="Item">The sample that needed the most fuel.</param>
/// <param name="Fuel">What it needed, on the meter that devices use.</param>
/// <param name="Elapsed">How long its first run took here.</param>
/// <param name="Samples">How many items were run.</param>
public sealed record LocalRun(string Item, Fuel Fuel, TimeSpan Elapsed, int Samples);

/// <summary>
/// Runs a few of a job's real inputs in the same sandbox and on the same meter as devices do, the dearest of them
/// twice: the fuel is the quote's ground, and two runs that differ would be paid for and then disputed.
/// </summary>
public sealed class LocalRunner(IRuntime runtime, TimeProvider time)
{
    /// <summary>Longest run of one sample.</summary>
    public static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(20);

    // No further sample is started once this has passed.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(5);
    private const ulong AmpleFuel = 1UL << 50;

    /// <summary>Runs samples of <paramref name="job"/>.</summary>
    /// <exception cref="MarketException">E1302 and E1304 to E1306: the module fails, differs, takes too long, or cannot run here.</exception>
    public async Task<LocalRun> RunAsync(PreparedJob job, CancellationToken cancel)
    {
        var prepared = await runtime.PrepareAsync(job.ModuleName, job.Module, cancel) switch
        {
            Preparation.Ready ready => ready.Module,
            Preparation.Refused refused => throw new MarketException("E1301", ExitCode.FileInvalid, $"{job.Stage.Spec.Task.Module} cannot run on the market: {refused.Reason}.", "build it for WASI preview 1"),
            Preparation.GaveUp gaveUp => throw Unfit(gaveUp.Reason, gaveUp.Detail),
            var other => throw new InvalidOperationException($"unknown preparation {other.GetType().Name}"),
        };

        var started = time.GetTimestamp();
        (int Index, RunOutcome.Halted Outcome, TimeSpan Elapsed)? dearest = null;
        var samples = 0;
        foreach (var index in Samples(job))
        {
            if (samples > 0 && time.GetElapsedTime(started) > Enough) break;
            var before = time.GetTimestamp();
            var outcome = await RunOneAsync(prepared, job, index, cancel);
            samples++;
            if (dearest is null || outcome.FuelUsed > dearest.Value.Outcome.FuelUsed) dearest = (index, outcome, time.GetElapsedTime(before));
        }

        var (dear, first, elapsed) = dearest!.Value;
        var again = await RunOneAsync(prepared, job, dear, cancel);
        if (first.ToResult() != again.ToResult())
        {
            throw new MarketException(
                "E1304", ExitCode.FileInvalid, $"Two local runs on '{job.Stage.Tasklets[dear].Item}' gave different results, so devices cannot agree on one.",
                "report it: canonical modules see no clock and no randomness");
        }

        return new LocalRun(job.Stage.Tasklets[dear].Item, new Fuel(first.FuelUsed), elapsed, samples);
    }

    /// <summary>First, middle and last item, and the one with the longest input.</summary>
    private static IEnumerable<int> Samples(PreparedJob job)
    {
        var count = job.Stage.Tasklets.Length;
        var longest = Enumerable.Range(0, count).MaxBy(i => job.Manifest.Records[i].InputLength);
        return new[] { longest, count / 2, 0, count - 1 }.Distinct();
    }

    private async Task<RunOutcome.Halted> RunOneAsync(PreparedModule module, PreparedJob job, int index, CancellationToken cancel)
    {
        var tasklet = job.Stage.Tasklets[index];
        var limits = job.Stage.Spec.Limits;
        var outputLimit = (uint)Math.Min(limits.Output.Bytes, RunLimits.MaxOutputBytes);
        var run = new TaskletRun(module, job.Frames[index], await tasklet.ReadStdinAsync(cancel), new RunLimits(AmpleFuel, limits.MemoryPages, outputLimit, LongestRun));
        switch (await runtime.RunAsync(run, cancel))
        {
            case RunOutcome.Halted { Status: TaskletStatus.Exited, ExitCode: 0 } halted:
                return halted;
            case RunOutcome.Halted { Status: TaskletStatus.Exited } halted:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"Run here on '{tasklet.Item}', the module exits with code {halted.ExitCode}; nothing was sent.", "mend the module, its arguments or the input");
            case RunOutcome.Halted halted:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"Run here on '{tasklet.Item}', the module traps: {halted.Trap.Describe()}; nothing was sent.", FixFor(halted.Trap, limits));
            case RunOutcome.Refused refused:
                throw new MarketException("E1302", ExitCode.FileInvalid, $"The module and its limits do not fit together: {refused.Reason}; nothing was sent.", $"raise limits.memory ({limits.Memory} now)");
            case RunOutcome.GaveUp { Reason: GiveUpReason.WallClock }:
                throw new MarketException(
                    "E1305", ExitCode.FileInvalid, $"Run here on '{tasklet.Item}', the module does not end within {LongestRun.TotalSeconds:0} s; nothing was sent.",
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
