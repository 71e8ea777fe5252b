using Google.Protobuf;
using Market.Domain.Identity;
using Market.Ethereum.TypedData;
using Market.Hashing;
using Market.Transport.Tokens;
using Wire = Market.Transport.Attestation.V1;

namespace Market.Transport.Attestation;

/// <summary>
/// What attesters sign about a device, field for field as the capability registry's Statement. An attester signs one
/// statement for a device, class and seed: a second, different one costs it its stake.
/// </summary>
/// <param name="Device">The subject.</param>
/// <param name="ClassKey">Kind, level and region.</param>
/// <param name="ScorePerLane">Mfuel per second with all lanes busy.</param>
/// <param name="MemoryMiB">Memory per lane.</param>
/// <param name="Lanes">Tasklets at once.</param>
/// <param name="Seed">Of the benchmark: see <see cref="SeedOf"/>.</param>
/// <param name="IssuedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record CapabilityStatement(
    DeviceId Device, ClassKey ClassKey, ushort ScorePerLane, ushort MemoryMiB, ushort Lanes, Hash256 Seed, UnixTime IssuedAt, UnixTime ExpiresAt)
{
    private const ulong MaxTime = (1UL << 40) - 1;

    private static readonly TypedStruct Type = new(
        "Statement",
        ("uint32", "device"),
        ("uint32", "classKey"),
        ("uint16", "scorePerLane"),
        ("uint16", "memoryMiB"),
        ("uint16", "lanes"),
        ("bytes32", "seed"),
        ("uint40", "issuedAt"),
        ("uint40", "expiresAt"));

    /// <summary>The seed that attesters' shares make: keccak of their concatenation, in the order the subject gives.</summary>
    public static Hash256 SeedOf(IReadOnlyList<Hash256> shares)
    {
        var bytes = new byte[Hash256.Size * shares.Count];
        for (var i = 0; i < shares.Count; i++) shares[i].CopyTo(bytes.AsSpan(Hash256.Size * i));
        return Keccak256.Hash(bytes);
    }

    /// <summary>The digest that attesters sign for the registry contract at <paramref name="registry"/>.</summary>
    public Hash256 Digest(ulong chainId, Address registry)
    {
        var domain = new TypedDataDomain("CapabilityRegistry", "1", chainId, registry).Separator();
        return Type.Message(
            domain, [Device.Value, ClassKey.Packed, ScorePerLane, MemoryMiB, Lanes, Seed, IssuedAt.Seconds, ExpiresAt.Seconds]).Hash();
    }

    /// <summary>As it travels.</summary>
    public Wire.Statement ToWire() => new()
    {
        Device = Device.Value,
        ClassKey = ClassKey.Packed,
        ScorePerLane = ScorePerLane,
        MemoryMib = MemoryMiB,
        Lanes = Lanes,
        Seed = ByteString.CopyFrom(Seed.ToArray()),
        IssuedAt = IssuedAt.Seconds,
        ExpiresAt = ExpiresAt.Seconds,
    };

    /// <summary>Reads what travelled; null if a field is missing or does not fit.</summary>
    public static CapabilityStatement? Read(Wire.Statement? wire)
    {
        if (wire is null || wire.Seed.Length != Hash256.Size) return null;
        if (wire.ScorePerLane > ushort.MaxValue || wire.MemoryMib > ushort.MaxValue || wire.Lanes > ushort.MaxValue) return null;
        if (wire.IssuedAt > MaxTime || wire.ExpiresAt > MaxTime) return null;
        return new CapabilityStatement(
            new DeviceId(wire.Device),
            new ClassKey(wire.ClassKey),
            (ushort)wire.ScorePerLane,
            (ushort)wire.MemoryMib,
            (ushort)wire.Lanes,
            new Hash256(wire.Seed.Span),
            new UnixTime(wire.IssuedAt),
            new UnixTime(wire.ExpiresAt));
    }
}
