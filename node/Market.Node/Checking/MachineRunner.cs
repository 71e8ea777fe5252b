using Market.Domain.Results;
using Market.Hashing;
using Market.Sandbox;
using Market.Wasm.Machine;
using Market.Wasm.Machine.Fast;

namespace Market.Node.Checking;

/// <summary>
/// Runs tasklets on the step machine in this process: some times slower than the engine, and by definition what the judge of a
/// dispute finds. Nothing is compiled and nothing of the guest runs natively, so it needs no sandbox.
/// </summary>
internal sealed class MachineRunner
{
    private const int MostPrograms = 16;
    private readonly Dictionary<BlobName, MachineProgram?> _programs = [];
    private readonly Lock _lock = new();

    /// <summary>What the run gives; null if the module has no program, which no judge could run either.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="code">The module as its consumer wrote it.</param>
    /// <param name="frame">The input frame.</param>
    /// <param name="stdin">Standard input.</param>
    /// <param name="limits">What the run may use; time does not count.</param>
    /// <param name="cancel">Stops.</param>
    public Task<RunOutcome.Halted?> RunAsync(
        BlobName name, ReadOnlyMemory<byte> code, ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> stdin, RunLimits limits, CancellationToken cancel) => Task.Run(
        () =>
        {
            if (ProgramOf(name, code)?.Parameters(frame.Length, stdin.Length, limits.Fuel, limits.MemoryPages, limits.OutputBytes) is not { } parameters) return null;
            var (end, output) = FastRun.ToEnd(ProgramOf(name, code)!, parameters, frame.Span, stdin.Span, cancel);
            return new RunOutcome.Halted((TaskletStatus)end.Status, end.ExitCode, end.FuelUsed, output, end.Status == MachineHalt.Trapped ? TrapKind.Unreachable : TrapKind.None);
        },
        cancel);

    private MachineProgram? ProgramOf(BlobName name, ReadOnlyMemory<byte> code)
    {
        lock (_lock)
        {
            if (_programs.TryGetValue(name, out var known)) return known;
            if (_programs.Count >= MostPrograms) _programs.Clear();
            return _programs[name] = MachineProgram.Lower(code.Span);
        }
    }
}
