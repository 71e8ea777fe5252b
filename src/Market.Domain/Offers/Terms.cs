using System.Collections.Immutable;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Domain.Offers;

/// <summary>An offer's terms, field for field as the contract's struct. Their content is the offer's identity.</summary>
public sealed record Terms
{
    /// <summary>Who pays.</summary>
    public required Address Consumer { get; init; }

    /// <summary>Tells equal offers of one consumer apart.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>The book whose devices may run the work.</summary>
    public required ClassKey ClassKey { get; init; }

    /// <summary>Number of tasklets.</summary>
    public required uint Total { get; init; }

    /// <summary>Fuel limit of a tasklet in Mfuel (10^6); also what it is priced by.</summary>
    public required uint Mfuel { get; init; }

    /// <summary>Reserve: no tasklet costs more than this step's price.</summary>
    public required Tick MaxTick { get; init; }

    /// <summary>Seconds from lease to due time.</summary>
    public required uint LeaseSeconds { get; init; }

    /// <summary>Challenge window after a commitment in seconds; zero when trusted.</summary>
    public required uint WindowSeconds { get; init; }

    /// <summary>No new leases after this block time.</summary>
    public required UnixTime Deadline { get; init; }

    /// <summary>How results become final.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Bond of a lease in ten-thousandths of its value at reserve.</summary>
    public required ushort BondBps { get; init; }

    /// <summary>Least attested speed in Mfuel per second and lane.</summary>
    public required ushort MinScore { get; init; }

    /// <summary>Least attested memory per lane in MiB.</summary>
    public ushort MinMemoryMiB { get; init; }

    /// <summary>Zero admits any number; else no lease is below total / MaxLeases tasklets, and tips are escrowed for so many.</summary>
    public ushort MaxLeases { get; init; }

    /// <summary>Base units to whoever matches or settles a lease; needs <see cref="MaxLeases"/>.</summary>
    public uint Tip { get; init; }

    /// <summary><see cref="Offers.Work.Hash"/> of the work.</summary>
    public required Hash256 Work { get; init; }

    /// <summary>The only devices that may run the work, ascending, at most 16; empty admits the whole class.</summary>
    public ImmutableArray<DeviceId> Devices
    {
        get;
        // JSON without the member leaves the array's default, which is no array at all.
        init => field = value.IsDefault ? [] : value;
    } = [];

    /// <summary>keccak256(abi.encode(chainid, market, Terms)).</summary>
    public OfferId Id(ulong chainId, Address market)
    {
        // Terms hold an array, so the tuple is dynamic: two static words, its offset, then its own head and tail.
        var words = new AbiWords(3 + WordCount).Add(chainId).Add(market).Add(96UL);
        Write(words);
        return new OfferId(words.Hash());
    }

    /// <summary>What posting takes: cost at the reserve, the market's fee on it, two tips for each of <see cref="MaxLeases"/>; rounded up.</summary>
    /// <param name="feeBps">The market's fee in ten-thousandths.</param>
    public Amount Escrow(ushort feeBps)
    {
        var cost = MaxTick.Price.CostUp(Mfuel, Total);
        var fee = new Amount(((cost.BaseUnits * feeBps) + 9_999) / 10_000);
        return cost + fee + new Amount(2 * (UInt128)MaxLeases * Tip);
    }

    /// <summary>Equal in every field, devices in the same order.</summary>
    public bool Equals(Terms? other) => other is not null && Encode().Written.SequenceEqual(other.Encode().Written);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Consumer, Nonce, Work, Total, Deadline);

    private int WordCount => 18 + Devices.Length;

    private AbiWords Encode() => Write(new AbiWords(WordCount));

    private AbiWords Write(AbiWords words)
    {
        words.Add(Consumer).Add(Nonce).Add((ulong)ClassKey.Packed).Add((ulong)Total).Add((ulong)Mfuel)
            .Add((ulong)MaxTick.Index).Add((ulong)LeaseSeconds).Add((ulong)WindowSeconds).Add(Deadline.Seconds)
            .Add((ulong)Verdict).Add((ulong)BondBps).Add((ulong)MinScore)
            .Add((ulong)MinMemoryMiB).Add((ulong)MaxLeases).Add((ulong)Tip).Add(Work)
            .Add(17UL * 32).Add((ulong)Devices.Length);
        foreach (var device in Devices) words.Add((ulong)device.Value);
        return words;
    }
}
