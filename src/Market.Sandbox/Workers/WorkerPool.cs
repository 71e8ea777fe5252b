using Market.Hashing;

namespace Market.Sandbox.Workers;

/// <summary>
/// Reused run workers. A worker serves one module for all its life: a module that broke out of the engine could spoil
/// only the results of its own consumer.
/// </summary>
internal sealed class WorkerPool(WorkerLauncher launcher, SandboxOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim _lanes = new(options.Lanes);
    private readonly Lock _lock = new();
    private readonly List<WorkerProcess> _idle = []; // the most recently used last
    private readonly HashSet<WorkerProcess> _busy = [];
    private bool _disposed;

    /// <summary>Waits for a free lane, then finds or starts a worker that has this module loaded, or none.</summary>
    /// <returns>The worker, to be given back; or why there is none.</returns>
    public async Task<(WorkerProcess? Worker, Answer Answer)> RentAsync(Hash256? module, CancellationToken cancellationToken)
    {
        await _lanes.WaitAsync(cancellationToken);
        try
        {
            foreach (var dead in TakeDead()) await dead.DisposeAsync();
            if (TakeIdle(module) is { } idle) return (idle, default);
            var (worker, answer) = await WorkerProcess.StartAsync(launcher, WorkerRole.Run, options, time, cancellationToken);
            if (worker is not null && !TryAdopt(worker))
            {
                await worker.DisposeAsync();
                throw new ObjectDisposedException(nameof(WorkerPool));
            }

            if (worker is null) _lanes.Release();
            return (worker, answer);
        }
        catch
        {
            _lanes.Release();
            throw;
        }
    }

    /// <summary>Takes a worker back. One that did not answer properly is ended, never used again.</summary>
    public async ValueTask ReturnAsync(WorkerProcess worker, bool healthy)
    {
        WorkerProcess? surplus = null;
        lock (_lock)
        {
            _busy.Remove(worker);
            if (!healthy || _disposed)
            {
                surplus = worker;
            }
            else
            {
                // Idle workers of other modules stay warm, up to one more set of lanes.
                _idle.Add(worker);
                if (_idle.Count > 2 * options.Lanes)
                {
                    surplus = _idle[0];
                    _idle.RemoveAt(0);
                }
            }
        }

        if (surplus is not null) await surplus.DisposeAsync();
        _lanes.Release();
    }

    /// <summary>Kills every worker, and returns when their runs have been answered.</summary>
    public async ValueTask DisposeAsync()
    {
        WorkerProcess[] idle;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
            foreach (var worker in _busy) worker.Kill(GiveUpReason.WorkerLost, "the sandbox was closed");
        }

        foreach (var worker in idle) await worker.DisposeAsync();

        // Whoever holds a lane gives it back once its worker is gone.
        for (var lane = 0; lane < options.Lanes; lane++) await _lanes.WaitAsync();
        _lanes.Release(options.Lanes);
    }

    private WorkerProcess[] TakeDead()
    {
        lock (_lock)
        {
            WorkerProcess[] dead = [.. _idle.Where(worker => !worker.IsAlive)];
            _idle.RemoveAll(dead.Contains);
            return dead;
        }
    }

    private WorkerProcess? TakeIdle(Hash256? module)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var at = module is null ? -1 : _idle.FindLastIndex(w => w.Module == module);
            if (at < 0) at = _idle.FindLastIndex(w => w.Module is null);
            if (at < 0) return null;
            var worker = _idle[at];
            _idle.RemoveAt(at);
            _busy.Add(worker);
            return worker;
        }
    }

    private bool TryAdopt(WorkerProcess worker)
    {
        lock (_lock)
        {
            if (!_disposed) _busy.Add(worker);
            return !_disposed;
        }
    }
}
