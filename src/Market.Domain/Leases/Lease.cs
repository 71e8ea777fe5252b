using System.Numerics;
using System.Text.Json.Serialization;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Domain.Offers;
using Market.Hashing;

namespace Market.Domain.Leases;

/// <summary>Key of a lease: the hash of its content. A match that a reorg re-includes keeps its key.</summary>
public readonly record struct LeaseKey(Hash256 Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A contiguous range of an offer's tasklets given to one device.</summary>
/// <param name="Offer">The offer.</param>
/// <param name="Device">Who runs it.</param>
/// <param name="First">First tasklet of the range.</param>
/// <param name="Count">Tasklets in the range.</param>
/// <param name="UnitPrice">2^-32 base units per Mfuel.</param>
/// <param name="Attempt">Zero at first; counts how often the range was given out again.</param>
public sealed record Lease(OfferId Offer, DeviceId Device, uint First, uint Count, ulong UnitPrice, ushort Attempt)
{
    /// <summary>keccak256(abi.encode(offer, lease)).</summary>
    public LeaseKey Key() => new(new AbiWords(2).Add(Offer.Value).Add(ToWord()).Hash());

    /// <summary>The contract's Lease: everything but the offer in one word.</summary>
    public BigInteger ToWord() =>
        new PackedWord().Add(Device.Value, 24).Add(First, 32).Add(Count, 32).Add(UnitPrice, 64).Add(Attempt, 16).Word;

    /// <summary>The lease of <paramref name="offer"/> that the word holds.</summary>
    public static Lease FromWord(OfferId offer, BigInteger word)
    {
        var fields = new PackedWord(word);
        return new Lease(
            offer, new DeviceId((uint)fields.Take(24)), (uint)fields.Take(32), (uint)fields.Take(32), fields.Take(64), (ushort)fields.Take(16));
    }

    /// <summary>One past the last tasklet of the range.</summary>
    [JsonIgnore]
    public ulong End => (ulong)First + Count;

    /// <summary>Whether <paramref name="tasklet"/> belongs to the range.</summary>
    public bool Holds(uint tasklet) => tasklet >= First && tasklet < End;

    /// <summary>What the device is paid if the whole range settles, rounded down.</summary>
    public Amount Pay(uint mfuel) => new UnitPrice(UnitPrice).CostDown(mfuel, Count);
}
