using System.Collections.Concurrent;
using Market.Domain.Leases;
using Market.Hashing;
using Market.Node.Storage;

namespace Market.Node.Leases;

/// <summary>How far one lease is, for people and for the gRPC status.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Stage">What happens now.</param>
/// <param name="Done">Tasklets run.</param>
/// <param name="Root">The result root once it stands.</param>
/// <param name="Detail">In words: why it waits or failed.</param>
internal sealed record LeaseProgress(Lease Lease, LeaseStage Stage, uint Done, Hash256? Root, string? Detail)
{
    /// <summary>Whether a tasklet of it has got a lane: from then on its progress says how fast it is.</summary>
    public bool Begun { get; init; }
}

/// <summary>Progress of all leases that are not over, and of the newest that are. Safe for any thread.</summary>
internal sealed class LeaseBoard
{
    private const int Remembered = 100;
    private readonly ConcurrentDictionary<LeaseKey, LeaseProgress> _open = new();
    private readonly ConcurrentQueue<LeaseProgress> _over = new();

    /// <summary>Leases that are not over.</summary>
    public IReadOnlyCollection<LeaseProgress> Open => [.. _open.Values.OrderBy(p => p.Lease.First)];

    /// <summary>The newest leases that are over.</summary>
    public IReadOnlyCollection<LeaseProgress> Over => [.. _over];

    /// <summary>Progress of one lease; null if nothing is remembered of it.</summary>
    public LeaseProgress? Find(LeaseKey key) => _open.GetValueOrDefault(key) ?? _over.FirstOrDefault(p => p.Lease.Key() == key);

    /// <summary>Takes a lease out that never was.</summary>
    public void Forget(LeaseKey key) => _open.TryRemove(key, out _);

    /// <summary>Notes where a lease stands.</summary>
    public void Set(LeaseKey key, LeaseProgress progress)
    {
        if (progress.Stage is not (LeaseStage.Settled or LeaseStage.Lost))
        {
            _open[key] = progress;
            return;
        }

        if (!_open.TryRemove(key, out _)) return;
        _over.Enqueue(progress);
        while (_over.Count > Remembered) _over.TryDequeue(out _);
    }
}
