using Market.Chain.Generated.ComputeMarket;
using Market.Domain.Identity;

namespace Market.Node.Bidding;

/// <summary>
/// Compares the bid that stands on the chain with the wish and names the one next step. It keeps no memory: after a crash,
/// a reorg or a change by somebody else the same rule finds the way back.
/// </summary>
internal static class BidPlanner
{
    /// <summary>How far ahead a bid is made valid, in seconds, unless the capability ends before.</summary>
    public const uint HorizonSeconds = 6 * 3600;

    // The contract keeps whole minutes; a shorter gain would be lost in rounding.
    private const uint LeastGainSeconds = 120;

    /// <summary>The next step at block time <paramref name="now"/>.</summary>
    /// <param name="device">The device as the market has it.</param>
    /// <param name="bid">Its bid; zero lanes if it has none.</param>
    /// <param name="wish">What it should be.</param>
    /// <param name="minStake">Stake that backs no bonds, in base units.</param>
    /// <param name="draining">Whether the device takes no more work.</param>
    /// <param name="now">Block time.</param>
    public static BidStep Next(DeviceTuple device, BidTuple bid, BidWish wish, ulong minStake, bool draining, UnixTime now)
    {
        if (bid.Lanes > 0) return Standing(device, bid, wish, draining, now);
        if (draining) return new BidStep.Idle("draining");
        if (device.Banned) return new BidStep.Idle("banned: a result of this device was proven wrong");
        if (device.ReleaseAt != 0) return new BidStep.Idle("retired by its owner");

        var capability = device.Capability;
        if (capability.ExpiresAt <= now.Seconds + LeastGainSeconds) return new BidStep.Idle("no capability that stays valid; waiting to declare or be attested");
        if (!new ClassKey(capability.ClassKey).MayListIn(wish.Book)) return new BidStep.Idle($"known as {new ClassKey(capability.ClassKey)}, which may not list in book {wish.Book}");
        if (device.CooldownUntil > now.Seconds) return new BidStep.Idle($"cooling down after a lost lease until {new UnixTime(device.CooldownUntil)}");
        if (device.Stake <= minStake) return new BidStep.Idle($"stake {device.Stake} leaves nothing above the least stake {minStake} to back bonds; its owner can add stake");
        if (device.Stake - minStake <= device.Locked) return new BidStep.Idle("all stake above the least is locked by open leases");

        return new BidStep.Place(wish.Book, wish.Tick, Lanes(device, wish), ValidUntil(device, now), wish.VerdictMask);
    }

    private static BidStep Standing(DeviceTuple device, BidTuple bid, BidWish wish, bool draining, UnixTime now)
    {
        if (bid.ActiveAt != 0)
        {
            return bid.ActiveAt <= now.Seconds ? new BidStep.Activate() : new BidStep.Await(new UnixTime(bid.ActiveAt));
        }

        if (bid.ValidUntil <= now.Seconds) return new BidStep.Prune();

        var until = ValidUntil(device, now);
        var lanes = Lanes(device, wish);
        var elsewhere = bid.ClassKey != wish.Book.Packed || bid.VerdictMask != wish.VerdictMask;
        if (draining || elsewhere) return new BidStep.Announce(wish.Tick, 0, until);
        if (bid.Tick != wish.Tick.Index || bid.Lanes != lanes) return new BidStep.Announce(wish.Tick, lanes, until);

        var halfGone = new UnixTime(bid.ValidUntil).SecondsFrom(now) < HorizonSeconds / 2;
        return halfGone && until.Seconds >= bid.ValidUntil + LeastGainSeconds ? new BidStep.Extend(until) : new BidStep.Stand();
    }

    private static ushort Lanes(DeviceTuple device, BidWish wish) => Math.Min(wish.Lanes, device.Capability.Lanes);

    private static UnixTime ValidUntil(DeviceTuple device, UnixTime now) =>
        new(Math.Min(device.Capability.ExpiresAt, now.Seconds + HorizonSeconds));
}
