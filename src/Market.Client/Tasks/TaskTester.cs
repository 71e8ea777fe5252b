using System.Text;
using Market.Client.Faults;
using Market.Domain.Jobs;
using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm;

namespace Market.Client.Tasks;

/// <summary>Runs a module here exactly as devices do, each case twice in different stores, and compares.</summary>
public sealed class TaskTester(IRuntime runtime, TimeProvider time)
{
    /// <summary>Makes the module ready.</summary>
    /// <exception cref="MarketException">E1301: no module of the market. E1306: this machine cannot run it.</exception>
    public async Task<PreparedModule> PrepareAsync(string path, ReadOnlyMemory<byte> module, CancellationToken cancel) =>
        await runtime.PrepareAsync(BlobName.Of(module.Span), module, cancel) switch
        {
            Preparation.Ready ready => ready.Module,
            Preparation.Refused refused => throw new MarketException("E1301", ExitCode.FileInvalid, $"{path} cannot run on the market: {refused.Reason}.", "build it for WASI preview 1; market task inspect shows what it needs"),
            Preparation.GaveUp gaveUp => throw new MarketException("E1306", ExitCode.Internal, $"This machine cannot run the module: {gaveUp.Detail} ({gaveUp.Reason}).", "market doctor"),
            var other => throw new InvalidOperationException($"unknown preparation {other.GetType().Name}"),
        };

    /// <summary>Runs one case.</summary>
    /// <param name="module">The module.</param>
    /// <param name="program">The program's name, its first argument.</param>
    /// <param name="test">The case.</param>
    /// <param name="limits">What each run may use.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<CaseReport> RunAsync(PreparedModule module, string program, TaskCase test, RunLimits limits, CancellationToken cancel)
    {
        var frame = new InputFrame([program, .. test.Arguments], (ulong)test.Stdin.Length).Encode();
        var run = new TaskletRun(module, frame, test.Stdin, limits);
        var (first, firstTime) = await TimeAsync(run, cancel);
        if (first is not RunOutcome.Halted one) return new CaseReport(test, CaseVerdict.GivenUp, Describe(first), default, firstTime, null);
        var (second, secondTime) = await TimeAsync(run, cancel);
        var elapsed = firstTime < secondTime ? firstTime : secondTime;
        var (verdict, detail) = second is RunOutcome.Halted two ? Judge(test, one, two) : (CaseVerdict.GivenUp, Describe(second));
        return new CaseReport(test, verdict, detail, new Fuel(one.FuelUsed), elapsed, one);
    }

    private async Task<(RunOutcome Outcome, TimeSpan Elapsed)> TimeAsync(TaskletRun run, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var outcome = await runtime.RunAsync(run, cancel);
        return (outcome, time.GetElapsedTime(started));
    }

    private static (CaseVerdict Verdict, string Detail) Judge(TaskCase test, RunOutcome.Halted one, RunOutcome.Halted two)
    {
        if (one.ToResult() != two.ToResult()) return (CaseVerdict.NotRepeatable, "two runs came to different results");
        if (one.Status == TaskletStatus.Trapped) return (CaseVerdict.Failed, $"traps: {one.Trap.Describe()}");
        if (one.ExitCode != 0) return (CaseVerdict.Failed, $"exits with code {one.ExitCode}");
        if (test.Expected is not { } expected) return (CaseVerdict.Ended, $"{one.Output.Length} bytes of output");
        var common = expected.Span.CommonPrefixLength(one.Output.Span);
        return common == expected.Length && common == one.Output.Length
            ? (CaseVerdict.Matched, $"{one.Output.Length} bytes of output as expected")
            : (CaseVerdict.Differs, $"{one.Output.Length} bytes of output, {expected.Length} expected; they differ from byte {common}: {Around(one.Output.Span, common)} instead of {Around(expected.Span, common)}");
    }

    private static string Describe(RunOutcome outcome) => outcome switch
    {
        RunOutcome.GaveUp { Reason: GiveUpReason.WallClock } => "does not end in time",
        RunOutcome.GaveUp gaveUp => $"{gaveUp.Detail} ({gaveUp.Reason})",
        RunOutcome.Refused refused => refused.Reason,
        _ => "ended",
    };

    private static string Around(ReadOnlySpan<byte> bytes, int at)
    {
        const int Shown = 16;
        if (at >= bytes.Length) return "the end";
        var part = bytes.Slice(at, Math.Min(Shown, bytes.Length - at));
        return part.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? $"\"{Encoding.ASCII.GetString(part)}\"" : $"0x{Convert.ToHexStringLower(part)}";
    }
}
