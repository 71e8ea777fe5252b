using System.Collections.Concurrent;
using System.Text;
using Market.Hashing;
using Market.Sandbox.Protocol;
using Market.Sandbox.Workers;
using Market.Wasm;

namespace Market.Sandbox.Wasm;

/// <summary>
/// The generic runtime: canonical wasm modules in reused, killable worker processes. Compilation happens in processes
/// that never run guest code, running in processes that never compile; artefacts pass through this side only.
/// </summary>
public sealed class WasmRuntime : IRuntime
{
    private const int MaxArtefact = 512 << 20;
    private const int MaxReason = 4096;

    private readonly SandboxOptions _options;
    private readonly TimeProvider _time;
    private readonly WorkerLauncher _launcher;
    private readonly WorkerPool _pool;
    private readonly ArtefactStore _artefacts;
    private readonly ConcurrentDictionary<Hash256, Task<Compilation>> _compiling = new();
    private readonly PreparedModules _prepared = new(capacity: 32);
    private readonly SemaphoreSlim _compilers;
    private readonly CancellationTokenSource _closing = new();
    private WorkerIdentity? _identity;
    private int _closed;

    /// <summary>Starts nothing yet; workers start when they are first needed.</summary>
    /// <exception cref="ArgumentException">The options are unsound; the message lists every fault.</exception>
    /// <exception cref="FileNotFoundException">The worker executable is not built.</exception>
    public WasmRuntime(SandboxOptions options, TimeProvider time)
    {
        var faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join("; ", faults), nameof(options));
        _options = options;
        _time = time;
        PrivateDirectory.Create(options.Directory);
        _launcher = new WorkerLauncher(options);
        _pool = new WorkerPool(_launcher, options, time);
        _compilers = new SemaphoreSlim(Math.Max(1, options.Lanes / 2));
        _artefacts = new ArtefactStore(Path.Combine(options.Directory, "artefacts"), options.ArtefactBytes, time);
    }

    /// <inheritdoc/>
    public RuntimeKind Kind => RuntimeKind.Wasm;

    /// <summary>Starts a worker, which probes the machine before it says what it is.</summary>
    public async Task<RuntimeHealth> CheckAsync(CancellationToken cancellationToken)
    {
        var (identity, lost) = await IdentifyAsync(cancellationToken);
        return identity is null ? new RuntimeHealth(Fit: false, Confined: false, lost.Detail) : new RuntimeHealth(Fit: true, identity.Confined, identity.Engine);
    }

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_prepared.Find(name) is { } known) return new Preparation.Ready(known);
        var canonicalisation = await Task.Run(() => Canonicaliser.Canonicalise(content.Span), cancellationToken);
        if (canonicalisation is not Canonicalisation.Accepted { Module: var canonical })
        {
            return new Preparation.Refused(((Canonicalisation.Refused)canonicalisation).Refusal.ToString());
        }

        var preparation = await PrepareCanonicalAsync(name, canonical.Bytes, cancellationToken);
        if (preparation is Preparation.Ready ready) _prepared.Add(ready.Module);
        return preparation;
    }

    /// <summary>Makes a module ready that is canonical already, as the canonicaliser wrote it.</summary>
    public async Task<Preparation> PrepareCanonicalAsync(BlobName name, ReadOnlyMemory<byte> canonical, CancellationToken cancellationToken)
    {
        if (canonical.Length > Limits.ModuleBytes)
        {
            return new Preparation.Refused($"the module has {canonical.Length} bytes; at most {Limits.ModuleBytes} are run");
        }

        var module = new PreparedModule(name, Keccak256.Hash(canonical.Span), canonical);
        var (identity, lost) = await IdentifyAsync(cancellationToken);
        if (identity is null) return new Preparation.GaveUp(lost.Reason, lost.Detail);
        return await ArtefactAsync(identity.Engine, module, cancellationToken) switch
        {
            { Artefact: not null } => new Preparation.Ready(module),
            { Reason: GiveUpReason.Unspecified } refused => new Preparation.Refused(refused.Detail),
            var failed => new Preparation.GaveUp(failed.Reason, failed.Detail),
        };
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> RunAsync(TaskletRun run, CancellationToken cancellationToken)
    {
        var limits = run.Limits;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.Fuel, (ulong)long.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MemoryPages, RunLimits.MaxMemoryPages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.OutputBytes, RunLimits.MaxOutputBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)run.Frame.Length + run.Stdin.Length, RunLimits.MaxInputBytes);

        var (worker, lost) = await _pool.RentAsync(run.Module.CanonicalHash, cancellationToken);
        if (worker is null) return new RunOutcome.GaveUp(lost.Reason, lost.Detail);
        var healthy = false;
        try
        {
            var outcome = await LoadAsync(worker, run.Module, cancellationToken) ?? await RunAsync(worker, run, cancellationToken);
            healthy = outcome is not RunOutcome.GaveUp;
            return outcome;
        }
        finally
        {
            await _pool.ReturnAsync(worker, healthy);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        await _closing.CancelAsync();
        await _pool.DisposeAsync();
        foreach (Task compilation in _compiling.Values) await compilation.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        _compilers.Dispose();
    }

    private async Task<RunOutcome?> LoadAsync(WorkerProcess worker, PreparedModule module, CancellationToken cancellationToken)
    {
        if (worker.Module == module.CanonicalHash) return null;
        var compiled = await ArtefactAsync(worker.Identity.Engine, module, cancellationToken);
        if (compiled.Artefact is null)
        {
            return compiled.Reason == GiveUpReason.Unspecified
                ? new RunOutcome.Refused(compiled.Detail)
                : new RunOutcome.GaveUp(compiled.Reason, compiled.Detail);
        }

        var answer = await worker.AskAsync(
            new Ask(MessageKind.Load, MaxReason, new AskLimits(_options.StartTimeout, _options.WorkerOverhead + (2L * compiled.Artefact.Length)))
            {
                Head = compiled.Artefact,
            },
            cancellationToken);
        if (answer.Message is not { Kind: MessageKind.Loaded }) return Failure(answer);
        worker.Module = module.CanonicalHash;
        return null;
    }

    private async Task<RunOutcome> RunAsync(WorkerProcess worker, TaskletRun run, CancellationToken cancellationToken)
    {
        var limits = run.Limits;
        var head = new byte[RunRequest.Size];
        new RunRequest(limits.Fuel, limits.MemoryPages, limits.OutputBytes).Encode(head);

        // Output is held twice while it grows.
        var resident = _options.WorkerOverhead + ((long)limits.MemoryPages << 16) + run.Frame.Length + run.Stdin.Length + (3L * limits.OutputBytes);
        var answer = await worker.AskAsync(
            new Ask(MessageKind.Run, HaltedReply.Size + Math.Max(MaxReason, (int)limits.OutputBytes), new AskLimits(limits.WallClock, resident))
            {
                Head = head,
                Middle = run.Frame,
                Tail = run.Stdin,
            },
            cancellationToken);
        if (answer.Message is not { Kind: MessageKind.Halted } halted) return Failure(answer);
        RunOutcome? outcome = HaltedReply.Decode(halted.Payload, limits);
        return outcome ?? new RunOutcome.GaveUp(GiveUpReason.WorkerLost, "the worker answered with an impossible result");
    }

    private static RunOutcome Failure(Answer answer) => answer.Message switch
    {
        null => new RunOutcome.GaveUp(answer.Reason, answer.Detail),
        { Kind: MessageKind.Refused } refused => new RunOutcome.Refused(Encoding.UTF8.GetString(refused.Payload.Span)),
        { Kind: MessageKind.Unfit } unfit => new RunOutcome.GaveUp(GiveUpReason.Unfit, Encoding.UTF8.GetString(unfit.Payload.Span)),
        { Kind: MessageKind.GaveUp, Payload.Length: > 0 } gaveUp when gaveUp.Payload.Span[0] is > 0 and <= (byte)GiveUpReason.Unfit =>
            new RunOutcome.GaveUp((GiveUpReason)gaveUp.Payload.Span[0], Encoding.UTF8.GetString(gaveUp.Payload.Span[1..])),
        { } other => new RunOutcome.GaveUp(GiveUpReason.WorkerLost, $"the worker answered out of turn ({other.Kind})"),
    };

    private async Task<Compilation> ArtefactAsync(string engine, PreparedModule module, CancellationToken cancellationToken)
    {
        var key = ArtefactStore.KeyOf(engine, module.CanonicalHash);
        if (_artefacts.Read(key) is { } artefact) return new Compilation(artefact, GiveUpReason.Unspecified, "");

        // Callers that want the same module share one compilation; it outlives the caller that gave up waiting.
        var compiling = _compiling.GetOrAdd(key, _ => Task.Run(() => CompileAsync(key, engine, module), CancellationToken.None));
        return await compiling.WaitAsync(cancellationToken);
    }

    private async Task<Compilation> CompileAsync(Hash256 key, string engine, PreparedModule module)
    {
        await _compilers.WaitAsync(_closing.Token);
        try
        {
            var (worker, lost) = await WorkerProcess.StartAsync(_launcher, WorkerRole.Compile, _options, _time, _closing.Token);
            if (worker is null) return new Compilation(null, lost.Reason, lost.Detail);
            await using var ending = worker;
            if (worker.Identity.Engine != engine) return new Compilation(null, GiveUpReason.Unfit, "the worker executable changed; start again");
            var limits = new AskLimits(_options.CompileTimeout, _options.CompileMemory);
            var answer = await worker.AskAsync(new Ask(MessageKind.Compile, MaxArtefact, limits) { Head = module.Canonical }, _closing.Token);
            if (answer.Message is not { } message) return new Compilation(null, answer.Reason, answer.Detail);
            if (message.Kind == MessageKind.Refused) return new Compilation(null, GiveUpReason.Unspecified, Encoding.UTF8.GetString(message.Payload.Span));
            if (message.Kind != MessageKind.Compiled) return new Compilation(null, GiveUpReason.WorkerLost, "the compiler answered out of turn");
            _artefacts.Write(key, message.Payload.Span);
            return new Compilation(message.Payload.ToArray(), GiveUpReason.Unspecified, "");
        }
        finally
        {
            _compilers.Release();
            _compiling.TryRemove(key, out _);
        }
    }

    // The engine's identity is part of every artefact's key, and only a worker knows it.
    private async Task<(WorkerIdentity? Identity, Answer Answer)> IdentifyAsync(CancellationToken cancellationToken)
    {
        if (_identity is { } known) return (known, default);
        var (worker, answer) = await _pool.RentAsync(null, cancellationToken);
        if (worker is null) return (null, answer);
        _identity = worker.Identity;
        await _pool.ReturnAsync(worker, healthy: true);
        return (_identity, default);
    }

    // Without an artefact: reason Unspecified means that the module is at fault.
    private sealed record Compilation(byte[]? Artefact, GiveUpReason Reason, string Detail);
}
