using Market.Domain.Identity;
using Market.Hashing;
using Market.Transport.Attestation;

namespace Market.Node.Attestation;

/// <summary>
/// What an attester checks before it runs anything again: that its own share made the seed, that the statement is about the
/// subject, at the level a benchmark can show, and that the claimed speed fits the time that passed on the attester's clock.
/// Memory is claimed, not shown: level 1 measures speed.
/// </summary>
internal static class ClaimCheck
{
    /// <summary>Most seed shares.</summary>
    public const int MaxShares = 16;

    /// <summary>Most lanes.</summary>
    public const int MaxLanes = 256;

    private const ulong ClockToleranceSeconds = 600;

    /// <summary>Null, or in words why the statement is not signed.</summary>
    /// <param name="challenge">What this device gave.</param>
    /// <param name="shares">All shares, in the subject's order.</param>
    /// <param name="statement">What it wants signed.</param>
    /// <param name="lanes">What its lanes gave.</param>
    /// <param name="elapsed">Since the share went out.</param>
    /// <param name="now">Block time.</param>
    /// <param name="maxLifetime">Longest life of a statement, in seconds.</param>
    public static string? FindFault(
        Challenge challenge, IReadOnlyList<Hash256> shares, CapabilityStatement statement, IReadOnlyList<LaneResult> lanes, TimeSpan elapsed, UnixTime now, uint maxLifetime)
    {
        if (shares.Count is 0 or > MaxShares || shares.Distinct().Count() != shares.Count) return "shares are repeated or too many";
        if (!shares.Contains(challenge.Share)) return "our share is not in the seed";
        if (statement.Seed != CapabilityStatement.SeedOf(shares)) return "the seed is not made of the shares";
        if (statement.Device != challenge.Subject) return "the statement is about another device";
        if (statement.ClassKey.Kind != RuntimeKind.Wasm || statement.ClassKey.Level != AttestationLevel.Benchmarked) return "a benchmark shows nothing of that class";
        if (statement.Lanes is 0 or > MaxLanes || lanes.Count != statement.Lanes) return "not one result for each lane";
        if (statement.ScorePerLane == 0 || statement.MemoryMiB == 0) return "nothing is claimed";

        var apart = statement.IssuedAt > now ? statement.IssuedAt.SecondsFrom(now) : now.SecondsFrom(statement.IssuedAt);
        if (apart > ClockToleranceSeconds) return "issued at another time";
        if (statement.ExpiresAt <= statement.IssuedAt || statement.ExpiresAt.SecondsFrom(statement.IssuedAt) > maxLifetime) return "lives too long";

        foreach (var lane in lanes)
        {
            if (lane.Output.Length != Benchmark.OutputSize) return "an output has another length";

            // Mfuel per second = fuel per microsecond. Rounded in the subject's favour by less than one.
            if (statement.ScorePerLane > lane.FuelUsed / Math.Max(1, elapsed.TotalMicroseconds)) return $"{statement.ScorePerLane} Mfuel/s cannot be: {lane.FuelUsed} fuel took {elapsed}";
        }

        return null;
    }
}
