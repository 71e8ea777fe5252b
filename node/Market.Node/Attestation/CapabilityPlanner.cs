using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;

namespace Market.Node.Attestation;

/// <summary>What to do next about the device's capability.</summary>
internal enum CapabilityStep
{
    /// <summary>It is as it should be.</summary>
    None,

    /// <summary>Declare it at level 0.</summary>
    Declare,

    /// <summary>Have it attested at level 1.</summary>
    Attest,
}

/// <summary>Compares the capability on the chain with what the device should be known for.</summary>
internal static class CapabilityPlanner
{
    /// <summary>The next step at block time <paramref name="now"/>.</summary>
    /// <param name="current">What the market has.</param>
    /// <param name="wish">The class to reach.</param>
    /// <param name="lanes">Tasklets at once.</param>
    /// <param name="memoryMiB">Memory per lane.</param>
    /// <param name="lifetimeSeconds">How long a statement of ours lives.</param>
    /// <param name="leastScore">A lower score was measured at a bad moment, and is not left as it is.</param>
    /// <param name="now">Block time.</param>
    public static CapabilityStep Next(CapabilityTuple current, ClassKey wish, ushort lanes, ushort memoryMiB, uint lifetimeSeconds, ushort leastScore, UnixTime now)
    {
        var left = new UnixTime(current.ExpiresAt).SecondsFrom(now);
        var known = new ClassKey(current.ClassKey);
        var declared = new ClassKey(wish.Kind, AttestationLevel.SelfDeclared, wish.Region);
        var same = current.Lanes == lanes && current.MemoryMiB == memoryMiB;

        // A third of its life before the end leaves time to find attesters.
        if (same && known.MayListIn(wish) && left > lifetimeSeconds / 3 && current.ScorePerLane >= leastScore) return CapabilityStep.None;
        if (wish.Level == AttestationLevel.SelfDeclared) return CapabilityStep.Declare;

        // Declaring would take an attested level away, so it comes only where there is nothing to lose.
        return left == 0 || (known == declared && !same) ? CapabilityStep.Declare : CapabilityStep.Attest;
    }
}
