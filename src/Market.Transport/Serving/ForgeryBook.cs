using System.Net;

namespace Market.Transport.Serving;

/// <summary>
/// Where false signatures come from. Each costs the time of checking it, so an address has a few and then, for a while, is
/// answered unheard, whoever else calls from there. Memory is bounded.
/// </summary>
internal sealed class ForgeryBook(TimeProvider time)
{
    private const double Burst = 100;
    private const double PerSecond = 10;
    private const int MaxAddresses = 10_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (double Left, long At)> _addresses = [];

    /// <summary>Whether too many came from there.</summary>
    public bool IsOver(IPAddress address)
    {
        lock (_lock) return _addresses.TryGetValue(address, out var entry) && Left(entry) < 1;
    }

    /// <summary>Notes one.</summary>
    public void Note(IPAddress address)
    {
        lock (_lock)
        {
            if (_addresses.Count >= MaxAddresses && !_addresses.ContainsKey(address)) Forget();
            var left = _addresses.TryGetValue(address, out var entry) ? Left(entry) : Burst;
            _addresses[address] = (Math.Max(0, left - 1), time.GetTimestamp());
        }
    }

    private double Left((double Left, long At) entry) => Math.Min(Burst, entry.Left + (PerSecond * time.GetElapsedTime(entry.At).TotalSeconds));

    // Those that have all their tries back, and if there is none, all: forging from so many places costs more than it gains.
    private void Forget()
    {
        foreach (var (address, entry) in _addresses)
        {
            if (Left(entry) >= Burst) _addresses.Remove(address);
        }

        if (_addresses.Count >= MaxAddresses) _addresses.Clear();
    }
}
