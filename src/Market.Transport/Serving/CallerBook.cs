using Market.Domain.Identity;
using Market.Hashing;

namespace Market.Transport.Serving;

/// <summary>What each caller takes of this node: open calls, calls per second, bytes kept. Memory is bounded.</summary>
internal sealed class CallerBook(TransportOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Address, Entry> _callers = [];

    /// <summary>Opens a call for a caller; false if it has too many open or makes too many.</summary>
    public bool TryEnter(Address caller)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_callers.TryGetValue(caller, out var entry))
            {
                if (_callers.Count >= options.MaxCallers) Forget(now);
                if (_callers.Count >= options.MaxCallers) return false;
                _callers[caller] = entry = new Entry { Calls = Burst, At = now };
            }

            entry.Calls = Math.Min(Burst, entry.Calls + (options.CallsPerSecond * Math.Max(0, (now - entry.At).TotalSeconds)));
            entry.At = now;
            if (entry.Calls < 1 || entry.Open >= options.CallsAtOnce) return false;
            entry.Calls--;
            entry.Open++;
            return true;
        }
    }

    public void Leave(Address caller)
    {
        lock (_lock) _callers[caller].Open--;
    }

    /// <summary>
    /// Counts a blob, begun or finished, that is kept for a caller until then; false if that is more than it may have
    /// kept. Counting it again only moves its time.
    /// </summary>
    public bool TryKeep(Address caller, BlobName blob, UnixTime until)
    {
        lock (_lock)
        {
            var entry = _callers[caller];
            if (!entry.Kept.ContainsKey(blob))
            {
                if (entry.KeptBytes + Charge(blob) > options.BytesPerCaller) Release(entry);
                if (entry.KeptBytes + Charge(blob) > options.BytesPerCaller) return false;
                entry.KeptBytes += Charge(blob);
            }

            entry.Kept[blob] = until;
            return true;
        }
    }

    // What a blob takes on disk at least; it bounds the number of entries here too.
    private static long Charge(BlobName blob) => Math.Max(blob.Length, 4096);

    private void Release(Entry entry)
    {
        var now = UnixTime.From(time.GetUtcNow());
        foreach (var (blob, until) in entry.Kept)
        {
            if (until > now) continue;
            entry.Kept.Remove(blob);
            entry.KeptBytes -= Charge(blob);
        }
    }

    private double Burst => 10.0 * options.CallsPerSecond;

    private void Forget(DateTimeOffset now)
    {
        // A caller that is idle for long enough to have all its calls back and nothing kept loses nothing by being forgotten.
        foreach (var (caller, entry) in _callers)
        {
            Release(entry);
            if (entry.Open == 0 && entry.KeptBytes == 0 && now - entry.At > TimeSpan.FromSeconds(10)) _callers.Remove(caller);
        }
    }

    private sealed class Entry
    {
        public double Calls { get; set; }

        public DateTimeOffset At { get; set; }

        public int Open { get; set; }

        public long KeptBytes { get; set; }

        public Dictionary<BlobName, UnixTime> Kept { get; } = [];
    }
}
