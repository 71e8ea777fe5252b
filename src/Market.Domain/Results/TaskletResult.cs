using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Market.Hashing;

namespace Market.Domain.Results;

/// <summary>How a tasklet ended.</summary>
public enum TaskletStatus : byte
{
    /// <summary>Not given; no result carries it.</summary>
    Unspecified = 0,

    /// <summary>The module returned or called exit.</summary>
    Exited = 1,

    /// <summary>The module trapped. All kinds are one, so that engines need not agree on names.</summary>
    Trapped = 2,
}

/// <summary>
/// What one run of a tasklet produced. Its 54 bytes, big-endian, are what a device commits to:
/// version 0x01 | status 1 | exit code 4 | fuel used 8 | output length 8 | output root 32.
/// </summary>
public readonly record struct TaskletResult(TaskletStatus Status, uint ExitCode, ulong FuelUsed, BlobName Output)
{
    /// <summary>Bytes of the encoding.</summary>
    public const int Size = 54;

    private const byte Version = 1;

    /// <summary>Whether the module ended by itself with code zero.</summary>
    [JsonIgnore]
    public bool Succeeded => Status == TaskletStatus.Exited && ExitCode == 0;

    /// <summary>Whether it trapped for want of more than <paramref name="mfuel"/>.</summary>
    public bool RanDry(uint mfuel) => Status == TaskletStatus.Trapped && FuelUsed >= mfuel * Jobs.Fuel.PerMfuel;

    /// <summary>keccak of the 54 bytes.</summary>
    public Hash256 Hash()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Encode(bytes);
        return Keccak256.Hash(bytes);
    }

    /// <summary>Writes the 54 bytes to the start of <paramref name="destination"/>.</summary>
    public void Encode(Span<byte> destination)
    {
        destination[0] = Version;
        destination[1] = (byte)Status;
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], ExitCode);
        BinaryPrimitives.WriteUInt64BigEndian(destination[6..], FuelUsed);
        BinaryPrimitives.WriteInt64BigEndian(destination[14..], Output.Length);
        Output.Root.CopyTo(destination[22..]);
    }

    /// <summary>Reads 54 bytes; false if version, status or length are none that a device may commit to.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out TaskletResult result)
    {
        result = default;
        if (bytes.Length != Size || bytes[0] != Version) return false;
        var status = (TaskletStatus)bytes[1];
        if (status is not (TaskletStatus.Exited or TaskletStatus.Trapped)) return false;
        var length = BinaryPrimitives.ReadInt64BigEndian(bytes[14..]);
        if (length < 0) return false;
        result = new TaskletResult(
            status,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[6..]),
            new BlobName(new Hash256(bytes[22..]), length));
        return true;
    }
}
