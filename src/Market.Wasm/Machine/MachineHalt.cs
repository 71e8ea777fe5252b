using System.Buffers.Binary;
using Market.Hashing;

namespace Market.Wasm.Machine;

/// <summary>
/// How a run ended, and the preimage of the halted state's hash: the very 54 bytes of the result that a device commits to.
/// Version 0x01 | status 1 | exit code 4 | fuel used 8 | output length 8 | output root 32, big-endian.
/// </summary>
/// <param name="Status">1 exited, 2 trapped.</param>
/// <param name="ExitCode">What the program passed to exit; zero if it returned or trapped.</param>
/// <param name="FuelUsed">Limit − max(fuel left, 0).</param>
/// <param name="Output">Name of the output.</param>
public readonly record struct MachineHalt(byte Status, uint ExitCode, ulong FuelUsed, BlobName Output)
{
    /// <summary>Bytes of the encoding.</summary>
    public const int Size = 54;

    /// <summary>Status of a run that returned or called exit.</summary>
    public const byte Exited = 1;

    /// <summary>Status of a run that trapped.</summary>
    public const byte Trapped = 2;

    /// <summary>The 54 bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[Size];
        bytes[0] = 1;
        bytes[1] = Status;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), ExitCode);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(6), FuelUsed);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(14), Output.Length);
        Output.Root.CopyTo(bytes.AsSpan(22));
        return bytes;
    }

    /// <summary>The halted state's hash.</summary>
    public Hash256 Hash() => Keccak256.Hash(Encode());
}
