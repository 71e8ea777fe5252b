using Market.Hashing;

namespace Market.Blobs;

/// <summary>Which blobs are held, until when, which are pinned or being written, and how much of the quota that takes.</summary>
internal sealed class BlobLedger(long quota)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BlobName, Entry> _held = [];
    private readonly Dictionary<BlobName, int> _pins = [];
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

    /// <summary>Notes that a blob is used; false if it is not held.</summary>
    public bool Use(BlobName name, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(name, out var entry)) return false;
            if (now > entry.UsedAt) _held[name] = entry with { UsedAt = now };
            return true;
        }
    }

    public DateTimeOffset? KeptUntil(BlobName name)
    {
        lock (_lock) return _held.TryGetValue(name, out var entry) ? entry.KeepUntil : null;
    }

    public void Pin(IEnumerable<BlobName> names)
    {
        lock (_lock)
        {
            foreach (var name in names) _pins[name] = _pins.GetValueOrDefault(name) + 1;
        }
    }

    public void Unpin(IEnumerable<BlobName> names)
    {
        lock (_lock)
        {
            foreach (var name in names)
            {
                if (_pins.TryGetValue(name, out var pins) && pins > 1) _pins[name] = pins - 1;
                else _pins.Remove(name);
            }
        }
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
    /// Takes <paramref name="bytes"/> of the quota, dropping blobs that nobody was promised any more and nobody pinned, the
    /// least recently used first, as far as that makes room. False, with nothing dropped, if even that would not do.
    /// </summary>
    public bool Reserve(long bytes, DateTimeOffset now, Action<BlobName> evict)
    {
        lock (_lock)
        {
            var missing = Used + bytes - quota;
            if (missing > 0)
            {
                var overdue = _held.Where(b => b.Value.KeepUntil < now && !_writing.Contains(b.Key) && !_pins.ContainsKey(b.Key)).OrderBy(b => b.Value.UsedAt).Select(b => b.Key).ToList();
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
            // When it was last used is not on disk; what was kept longest was wanted last.
            if (!_held.TryAdd(name, new Entry(keepUntil, keepUntil))) Used -= name.Length;
        }
    }

    /// <summary>Raises the time until which a held blob is kept and does <paramref name="persist"/>; never lowers it.</summary>
    public bool Keep(BlobName name, DateTimeOffset until, Action persist)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(name, out var entry)) return false;
            if (until <= entry.KeepUntil) return true;
            persist();
            _held[name] = new Entry(until, until > entry.UsedAt ? until : entry.UsedAt);
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

    /// <param name="KeepUntil">Until when it is promised to be kept.</param>
    /// <param name="UsedAt">When it was last wanted, a promise counting as use until it ends.</param>
    private readonly record struct Entry(DateTimeOffset KeepUntil, DateTimeOffset UsedAt);
}
