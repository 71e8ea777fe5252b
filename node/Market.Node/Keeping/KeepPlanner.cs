using System.Buffers.Binary;
using Market.Chain.Generated.ComputeMarket;
using Market.Chain.Projection;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Node.Keeping;

/// <summary>A call that anyone may make and somebody should.</summary>
internal abstract record KeepStep(Hash256 Subject)
{
    /// <summary>Free the range of a lease without a result.</summary>
    public sealed record Expire(OfferEntry Offer, LeaseEntry Lease) : KeepStep(Lease.Key.Value);

    /// <summary>Pay a final result whose device does not do it.</summary>
    public sealed record Settle(OfferEntry Offer, LeaseEntry Lease) : KeepStep(Lease.Key.Value);

    /// <summary>Free the range of a lease whose device is banned, or whose judge fell silent: neither is ever paid.</summary>
    public sealed record Void(OfferEntry Offer, LeaseEntry Lease) : KeepStep(Lease.Key.Value);

    /// <summary>Lease what is unleased, if anyone can take it.</summary>
    public sealed record Match(OfferEntry Offer) : KeepStep(Offer.Id.Value);

    /// <summary>Refund what is left of an offer.</summary>
    public sealed record Close(OfferEntry Offer) : KeepStep(Offer.Id.Value);
}

/// <summary>
/// Finds what keeps the market moving. Each device has a turn of its own for each subject, a few seconds apart, so that
/// not all of them send the same call; whoever comes late finds it done, which is no error.
/// </summary>
internal static class KeepPlanner
{
    /// <summary>Turns that devices are spread over.</summary>
    public const uint Turns = 4;

    /// <summary>Seconds between turns.</summary>
    public const uint TurnSeconds = 2;

    // A device settles its own leases; others help only those that stay away.
    private const uint SettleAfterSeconds = 60;

    /// <summary>What is due at block time <paramref name="now"/>, for <paramref name="self"/> in its turn.</summary>
    public static IEnumerable<KeepStep> Due(MarketState state, DeviceId self, ParametersTuple parameters, UnixTime now)
    {
        foreach (var key in state.OpenLeases)
        {
            var lease = state.Leases[key];
            if (lease.Lease.Device == self || !state.Offers.TryGetValue(lease.Lease.Offer, out var offer)) continue;
            var turn = TurnOf(self, key.Value);
            var banned = lease.State is LeaseState.Leased or LeaseState.Committed && state.Devices.GetValueOrDefault(lease.Lease.Device) is { Slashed: true };
            var unheard = lease is { State: LeaseState.Disputed, FinalAt: { } until } && now > until.Plus(turn);
            if (banned || unheard)
            {
                yield return new KeepStep.Void(offer, lease);
                continue;
            }

            if (lease.State == LeaseState.Leased && now > LeaseLifecycle.ExpiresAt(lease.Due, parameters.GraceSeconds, lease.AppearBy).Plus(turn)) yield return new KeepStep.Expire(offer, lease);
            if (lease is { State: LeaseState.Committed, FinalAt: { } final, Demanded: false } && now > final.Plus(SettleAfterSeconds + turn)) yield return new KeepStep.Settle(offer, lease);
        }

        foreach (var offer in state.Offers.Values)
        {
            if (offer.State is not (OfferState.Open or OfferState.Cancelled)) continue;
            var turn = TurnOf(self, offer.Id.Value);
            var over = offer.State == OfferState.Cancelled || now > offer.Terms.Deadline;
            if (over && offer.Outstanding == 0 && now > LastChange(state, offer).Plus(turn)) yield return new KeepStep.Close(offer);
            if (!over && offer.Unleased > 0 && (HasJustCommitted(state, offer, self) || now > LastChange(state, offer).Plus(turn))) yield return new KeepStep.Match(offer);
        }
    }

    // It has a lane free for more of the same, and everything at hand.
    private static bool HasJustCommitted(MarketState state, OfferEntry offer, DeviceId self)
    {
        var last = LastChange(state, offer);
        return offer.Leases.Any(key => state.Leases.TryGetValue(key, out var lease) && lease.Lease.Device == self && lease.State == LeaseState.Committed && lease.Changed.Time == last);
    }

    /// <summary>Seconds that this device waits with this subject.</summary>
    public static uint TurnOf(DeviceId self, Hash256 subject)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size + 4];
        subject.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[Hash256.Size..], self.Value);
        Span<byte> hash = stackalloc byte[Hash256.Size];
        Keccak256.Hash(bytes).CopyTo(hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) % Turns * TurnSeconds;
    }

    /// <summary>When anything last happened to an offer.</summary>
    public static UnixTime LastChange(MarketState state, OfferEntry offer)
    {
        var last = offer.Posted.Time;
        foreach (var key in offer.Leases)
        {
            if (state.Leases.TryGetValue(key, out var lease) && lease.Changed.Time > last) last = lease.Changed.Time;
        }

        return last;
    }
}
