using Market.Domain.Identity;

namespace Market.Node.Leases;

/// <summary>
/// The device's lanes, given out one tasklet at a time. Several leases may be under way; the one that is due first gets a
/// lane first. Nothing is read into memory before its turn, so memory is bounded by lanes, not by leases.
/// </summary>
internal sealed class LaneQueue(int lanes)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, (ulong Due, ulong Order)> _waiting = new();
    private int _free = lanes;
    private ulong _order;

    /// <summary>Waits for a lane; dispose to give it back.</summary>
    /// <param name="due">When the lease is due.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IDisposable> EnterAsync(UnixTime due, CancellationToken cancel)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Lane(this);
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn, (due.Seconds, _order++));
        }

        await using (cancel.Register(() => turn.TrySetCanceled(cancel)))
        {
            await turn.Task;
        }

        return new Lane(this);
    }

    private void Leave()
    {
        lock (_lock)
        {
            // Whoever gave up waiting is passed over.
            while (_waiting.TryDequeue(out var next, out _))
            {
                if (next.TrySetResult()) return;
            }

            _free++;
        }
    }

    private sealed class Lane(LaneQueue queue) : IDisposable
    {
        private LaneQueue? _queue = queue;

        public void Dispose() => Interlocked.Exchange(ref _queue, null)?.Leave();
    }
}
