using Market.Chain.Following;
using Market.Domain.Identity;

namespace Market.Node.Chain;

/// <summary>The newest block that the node has taken in.</summary>
/// <param name="Number">Height.</param>
/// <param name="Time">Its timestamp: protocol time.</param>
internal readonly record struct Head(ulong Number, UnixTime Time);

/// <summary>
/// Tells everyone when there is something new to look at: a block, or a nudge from inside. Those who were busy see only the
/// newest state, so nobody falls behind.
/// </summary>
internal sealed class ChainHead
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = Source();
    private Head _head;
    private ChainPoint? _newest;
    private long _lookedAt;
    private bool _reachable;

    /// <summary>The newest block.</summary>
    public Head Current
    {
        get
        {
            lock (_lock) return _head;
        }
    }

    /// <summary>Whether the chain answered when it was last looked at.</summary>
    public bool Reachable
    {
        get
        {
            lock (_lock) return _reachable;
        }
    }

    /// <summary>When the chain was last looked at, whatever came of it; a timestamp of the clock, zero for never.</summary>
    public long LookedAt
    {
        get
        {
            lock (_lock) return _lookedAt;
        }
    }

    /// <summary>Notes a look at the chain.</summary>
    public void Looked(bool reachable, long timestamp)
    {
        lock (_lock) (_reachable, _lookedAt) = (reachable, timestamp);
    }

    /// <summary>Notes the newest block and wakes everyone if it is another one. A reorganisation changes it at the same height, and takes time back.</summary>
    public void Set(ChainPoint newest)
    {
        lock (_lock)
        {
            if (newest == _newest) return;
            (_newest, _head) = (newest, new Head(newest.Number, newest.Time));
        }

        Nudge();
    }

    /// <summary>Wakes everyone without a new block.</summary>
    public void Nudge()
    {
        TaskCompletionSource changed;
        lock (_lock) (changed, _changed) = (_changed, Source());
        changed.SetResult();
    }

    /// <summary>A task that ends with the next change. Take it before looking at the state, await it after: nothing is missed.</summary>
    public Task NextChange
    {
        get
        {
            lock (_lock) return _changed.Task;
        }
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
