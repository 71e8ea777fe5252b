namespace Market.Node.Attestation;

/// <summary>What speed a device claims after a benchmark.</summary>
internal static class ClaimedScore
{
    // The benchmark is a tight loop; ordinary programs branch and call more. A claim that they keep is worth more than a
    // high one: a lease is as long as the score says.
    private const double Share = 0.5;

    /// <summary>Mfuel per second and lane: half of what the slowest lane did, at least one.</summary>
    /// <param name="leastFuel">Fuel of the lane that used least.</param>
    /// <param name="elapsed">From before the first lane began until after the last ended.</param>
    public static ushort Of(ulong leastFuel, TimeSpan elapsed) =>
        (ushort)Math.Clamp(leastFuel / Math.Max(1, elapsed.TotalMicroseconds) * Share, 1, ushort.MaxValue);
}
