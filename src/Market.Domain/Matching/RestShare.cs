namespace Market.Domain.Matching;

/// <summary>
/// What one lane takes near the end of an offer: as much less as less waits, so that lanes that come free soon find work too and
/// all end at about one time (guided self-scheduling, Polychronopoulos and Kuck 1987). The contract's CandidateLib.shareOf, for
/// offers that set no least lease.
/// </summary>
public static class RestShare
{
    // Each lease costs its transactions.
    private const uint Least = 4;

    /// <summary>Tasklets that a lane is given.</summary>
    /// <param name="perLane">What it ends in the lease's time.</param>
    /// <param name="left">Tasklets that wait.</param>
    /// <param name="total">Tasklets of the offer.</param>
    /// <param name="rounds"><see cref="Offers.Terms.Rounds"/>.</param>
    public static ulong Of(ulong perLane, uint left, uint total, uint rounds)
    {
        if ((ulong)left * rounds >= total || rounds == 0) return perLane;
        var share = (ulong)((UInt128)perLane * left / (total / rounds));
        return Math.Min(perLane, Math.Max(share, (perLane + Least - 1) / Least));
    }
}
