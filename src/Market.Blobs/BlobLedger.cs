using Market.Hashing;

namespace Market.Blobs;

/// <summary>Which blobs are held, until when, which are being written, and how much of the quota that takes.</summary>
internal sealed class BlobLedger(long quota)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BlobName, DateTimeOffset> _held = [];
    private readonly HashSet<BlobName> _writing = [];

    public long Used { get; private set; }

    public BlobName[] Held()
    {
        lock (_lock) return [.. _held.Keys];
    }

    public bool Holds(BlobName name)
    {
        lock (_lock) return _held.ContainsKey(name);
    }

    public DateTimeOffset? KeptUntil(BlobName name)
    {
        lock (_lock) return _held.TryGetValue(name, out var until) ? until : null;
    }

    /// <summary>Marks a blob as being written; false if somebody writes it already.</summary>
    public bool Enter(BlobName name)
    {
        lock (_lock) return _writing.Add(name);
    }

    public void Leave(BlobName name)
    {
        lock (_lock) _writing.Remove(name);
    }

    /// <summary>
    /// Takes <paramref name="bytes"/> of the quota, dropping blobs whose time is over, the longest overdue first, as far
    /// as that makes room. False, with nothing dropped, if even that would not do.
    /// </summary>
    public bool Reserve(long bytes, DateTimeOffset now, Action<BlobName> evict)
    {
        lock (_lock)
        {
            var missing = Used + bytes - quota;
            if (missing > 0)
            {
                var overdue = _held.Where(b => b.Value < now && !_writing.Contains(b.Key)).OrderBy(b => b.Value).Select(b => b.Key).ToList();
                if (overdue.Sum(b => b.Length) < missing) return false;
                foreach (var name in overdue)
                {
                    if (Used + bytes <= quota) break;
                    evict(name);
                    _held.Remove(name);
                    Used -= name.Length;
                }
            }

            Used += bytes;
            return true;
        }
    }

    public void Release(long bytes)
    {
        lock (_lock) Used -= bytes;
    }

    /// <summary>Adds a blob whose bytes are reserved already; gives them back if it is held twice.</summary>
    public void Add(BlobName name, DateTimeOffset keepUntil)
    {
        lock (_lock)
        {
            if (!_held.TryAdd(name, keepUntil)) Used -= name.Length;
        }
    }

    /// <summary>Raises the time until which a held blob is kept and does <paramref name="persist"/>; never lowers it.</summary>
    public bool Keep(BlobName name, DateTimeOffset until, Action persist)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(name, out var kept)) return false;
            if (until <= kept) return true;
            persist();
            _held[name] = until;
            return true;
        }
    }

    public bool Remove(BlobName name, Action<BlobName> delete)
    {
        lock (_lock)
        {
            if (!_held.Remove(name)) return false;
            Used -= name.Length;
            delete(name);
            return true;
        }
    }
}
