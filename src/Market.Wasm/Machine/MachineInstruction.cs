using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Market.Wasm.Machine;

/// <summary>One instruction: 16 bytes op 2 ‖ a 2 ‖ b 4 ‖ imm 8, big-endian; eight to a leaf of the code tree.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct MachineInstruction(MachineOp Op, ushort A = 0, uint B = 0, ulong Imm = 0)
{
    /// <summary>Bytes of the encoding.</summary>
    public const int Size = 16;

    /// <summary>Writes the 16 bytes to the start of <paramref name="destination"/>.</summary>
    public void Encode(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)Op);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], A);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Imm);
    }

    /// <summary>Reads any 16 bytes.</summary>
    public static MachineInstruction Decode(ReadOnlySpan<byte> bytes) => new(
        (MachineOp)BinaryPrimitives.ReadUInt16BigEndian(bytes),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
        BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
}
