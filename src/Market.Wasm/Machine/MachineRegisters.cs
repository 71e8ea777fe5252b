using System.Buffers.Binary;

namespace Market.Wasm.Machine;

/// <summary>What of a running state is neither tree nor constant: 32 bytes, big-endian, in the order of the members.</summary>
/// <param name="Pc">Index of the next instruction.</param>
/// <param name="Sp">First free slot of the stack.</param>
/// <param name="Fp">First slot of the running function's frame.</param>
/// <param name="Pages">Pages (64 KiB) that memory has.</param>
/// <param name="OutputLength">Bytes of output so far.</param>
/// <param name="Room">Slots that further frames may take, in two's complement.</param>
/// <param name="Fuel">Fuel left, in two's complement.</param>
public record struct MachineRegisters(uint Pc, uint Sp, uint Fp, uint Pages, uint OutputLength, int Room, long Fuel)
{
    /// <summary>Bytes of the encoding.</summary>
    public const int Size = 32;

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public readonly void Encode(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Pc);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Sp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Fp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], Pages);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], OutputLength);
        BinaryPrimitives.WriteInt32BigEndian(destination[20..], Room);
        BinaryPrimitives.WriteInt64BigEndian(destination[24..], Fuel);
    }

    /// <summary>Reads any 32 bytes.</summary>
    public static MachineRegisters Decode(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32BigEndian(bytes),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[20..]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[24..]));
}
