namespace Market.Node.Bidding;

/// <summary>
/// A device that handed work back because it is too slow takes none for a while: its bid would win the same range again at once.
/// It forgets this when it starts anew, since that may have cured it.
/// </summary>
internal sealed class Respite(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly Lock _lock = new();
    private long _since;
    private TimeSpan _length;

    /// <summary>What is left of it; zero if there is none.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_lock)
            {
                var left = _length - time.GetElapsedTime(_since);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Whether it takes none now.</summary>
    public bool IsOn => Left > TimeSpan.Zero;

    /// <summary>Begins one, of at most ten minutes.</summary>
    public void Begin(TimeSpan length)
    {
        lock (_lock) (_since, _length) = (time.GetTimestamp(), length < Longest ? length : Longest);
    }
}
