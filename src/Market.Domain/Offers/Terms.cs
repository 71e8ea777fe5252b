using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;
using Market.Domain.Identity;
using Market.Domain.Money;
using Market.Hashing;

namespace Market.Domain.Offers;

/// <summary>An offer's terms. They travel as two packed words and the hash of their scope; their content is the offer's identity.</summary>
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

    /// <summary>Most that <see cref="Rounds"/> may be.</summary>
    public const uint MostRounds = 31;

    /// <summary>
    /// In how many rounds the devices are expected to take all of it. While less than total / Rounds waits, each takes less of it,
    /// so that all end at about one time; zero: never.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public byte Rounds { get; init; }

    /// <summary>Seconds from lease to due time.</summary>
    public required uint LeaseSeconds { get; init; }

    /// <summary>Challenge window after a commitment in seconds; zero when trusted.</summary>
    public required uint WindowSeconds { get; init; }

    /// <summary>No new leases after this block time.</summary>
    public required UnixTime Deadline { get; init; }

    /// <summary>How results become final.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Whether paid leases keep their words on-chain, so that a job of several stages can show what they gave.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool KeepsResults { get; init; }

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

    /// <summary>keccak256(abi.encode(chainid, market, cost, rules, scope)).</summary>
    public OfferId Id(ulong chainId, Address market) =>
        new(new AbiWords(5).Add(chainId).Add(market).Add(ToCostWord()).Add(ToRuleWord()).Add(ScopeHash()).Hash());

    /// <summary>keccak256(abi.encode(classKey, work, devices)): what runs where.</summary>
    public Hash256 ScopeHash()
    {
        var words = new AbiWords(4 + Devices.Length).Add((ulong)ClassKey.Packed).Add(Work).Add(96UL).Add((ulong)Devices.Length);
        foreach (var device in Devices) words.Add((ulong)device.Value);
        return words.Hash();
    }

    /// <summary>The contract's CostWord.</summary>
    public BigInteger ToCostWord() =>
        new PackedWord().Add(Consumer).Add(Total, 32).Add(Mfuel, 32).Add(MaxTick.Index, 11).Add(Rounds, 5).Add(BondBps, 16).Word;

    /// <summary>The contract's RuleWord.</summary>
    public BigInteger ToRuleWord() => new PackedWord()
        .Add(Nonce, 64).Add(Deadline.Seconds, 40).Add(LeaseSeconds, 32).Add(WindowSeconds, 32).Add((byte)Verdict, 7).Add(KeepsResults ? 1UL : 0, 1)
        .Add(MinScore, 16).Add(MinMemoryMiB, 16).Add(MaxLeases, 16).Add(Tip, 32).Word;

    /// <summary>The terms that an offer was posted with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A field holds no value that the market accepts.</exception>
    public static Terms FromWords(BigInteger cost, BigInteger rules, ClassKey classKey, Hash256 work, ImmutableArray<DeviceId> devices)
    {
        var (c, r) = (new PackedWord(cost), new PackedWord(rules));
        return new Terms
        {
            Consumer = c.TakeAddress(),
            Total = (uint)c.Take(32),
            Mfuel = (uint)c.Take(32),
            MaxTick = new Tick((int)c.Take(11)),
            Rounds = (byte)c.Take(5),
            BondBps = (ushort)c.Take(16),
            Nonce = r.Take(64),
            Deadline = new UnixTime(r.Take(40)),
            LeaseSeconds = (uint)r.Take(32),
            WindowSeconds = (uint)r.Take(32),
            Verdict = (Verdict)(byte)r.Take(7),
            KeepsResults = r.Take(1) == 1,
            MinScore = (ushort)r.Take(16),
            MinMemoryMiB = (ushort)r.Take(16),
            MaxLeases = (ushort)r.Take(16),
            Tip = (uint)r.Take(32),
            ClassKey = classKey,
            Work = work,
            Devices = devices,
        };
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
    public bool Equals(Terms? other) =>
        other is not null && ToCostWord() == other.ToCostWord() && ToRuleWord() == other.ToRuleWord() && ScopeHash() == other.ScopeHash();

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Consumer, Nonce, Work, Total, Deadline);
}
