using System.Collections.Concurrent;
using Market.Client.Disputes;
using Market.Domain.Results;
using Market.Hashing;
using Market.Node.Storage;
using Market.Sandbox;
using Market.Wasm.Machine;

namespace Market.FaultyNode;

/// <summary>Runs tasklets honestly and hands out what the liar says instead. Nothing of it doubts itself.</summary>
internal sealed class LyingRuntime(IRuntime honest, Liar liar, Journal journal) : IRuntime
{
    private readonly ConcurrentDictionary<BlobName, MachineProgram?> _programs = new();

    public RuntimeKind Kind => honest.Kind;

    public Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        _programs.GetOrAdd(name, _ => MachineProgram.Lower(content.Span));
        journal.SaveTrust(name, ModuleTrust.Trusted);
        return honest.PrepareAsync(name, content, cancellationToken);
    }

    public async Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken)
    {
        var outcome = await honest.RunAsync(run, cancellationToken);
        if (outcome is not RunOutcome.Halted halted || !_programs.TryGetValue(run.Module.Name, out var program)) return outcome;
        var limits = run.Limits;
        if (program?.Parameters(run.Frame.Length, run.Stdin.Length, limits.Fuel, limits.MemoryPages, limits.OutputBytes) is not { } parameters) return outcome;
        var disputed = new DisputedRun(program, parameters, run.Frame.ToArray(), run.Stdin.ToArray());
        if (!liar.LiesAbout(disputed)) return outcome;
        var (end, output) = await Task.Run(() => liar.Result(disputed), cancellationToken);
        return new RunOutcome.Halted((TaskletStatus)end.Status, end.ExitCode, end.FuelUsed, output, end.Status == MachineHalt.Trapped ? TrapKind.Unreachable : halted.Trap);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
