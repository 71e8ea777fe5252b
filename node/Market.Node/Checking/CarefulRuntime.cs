using System.Collections.Concurrent;
using Market.Hashing;
using Market.Sandbox;

namespace Market.Node.Checking;

/// <summary>
/// The engine, with the step machine behind it: where the engine's own stack overflows before the module's depth guard fires,
/// no device would find that as a result, so the machine runs the tasklet instead.
/// </summary>
internal sealed partial class CarefulRuntime(IRuntime engine, MachineRunner machine, ILogger<CarefulRuntime> logger) : IRuntime
{
    private const int MostModules = 32;
    private readonly ConcurrentDictionary<BlobName, ReadOnlyMemory<byte>> _codes = new();

    /// <inheritdoc/>
    public RuntimeKind Kind => engine.Kind;

    /// <inheritdoc/>
    public Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_codes.Count >= MostModules) _codes.Clear();
        _codes[name] = content;
        return engine.PrepareAsync(name, content, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken)
    {
        var outcome = await engine.RunAsync(run, cancellationToken);
        if (outcome is not RunOutcome.GaveUp { Reason: GiveUpReason.NativeStack } || !_codes.TryGetValue(run.Module.Name, out var code)) return outcome;
        LogFallBack(run.Module.Name.ToString());
        return await machine.RunAsync(run.Module.Name, code, run.Frame, run.Stdin, run.Limits, cancellationToken) ?? outcome;
    }

    // The engine belongs to whoever made it.
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [LoggerMessage(4230, LogLevel.Warning, "The engine's stack overflowed under module {Module}; the step machine runs the tasklet")]
    private partial void LogFallBack(string module);
}
