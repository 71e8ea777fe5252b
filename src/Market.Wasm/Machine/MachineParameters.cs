using System.Buffers.Binary;
using System.Numerics;
using Market.Hashing;

namespace Market.Wasm.Machine;

/// <summary>
/// What stays the same through a run: 32 bytes, big-endian: version 1 ‖ code depth 1 ‖ memory depth 1 ‖ output depth 1 ‖
/// maximum pages 4 ‖ output limit 4 ‖ frame length 4 ‖ stdin length 4 ‖ fuel limit 8 ‖ zeros 4.
/// </summary>
/// <param name="CodeDepth">Levels of the code tree above its leaves.</param>
/// <param name="MaximumPages">Pages (64 KiB) that memory may grow to.</param>
/// <param name="OutputLimit">Bytes of output that the run may write.</param>
/// <param name="FrameLength">Bytes of the input frame.</param>
/// <param name="StdinLength">Bytes of stdin, which follow the frame.</param>
/// <param name="FuelLimit">Fuel at the start.</param>
public sealed record MachineParameters(
    int CodeDepth, uint MaximumPages, uint OutputLimit, uint FrameLength, uint StdinLength, ulong FuelLimit)
{
    /// <summary>Bytes of the encoding.</summary>
    public const int Size = 32;

    /// <summary>The machine's version; changes with the meaning of any state.</summary>
    public const byte Version = 1;

    /// <summary>Levels of the stack tree above its leaves: 2^18 slots.</summary>
    public const int StackDepth = 14;

    /// <summary>Deepest code tree: 2^28 instructions, more than a module's greatest size can lower to.</summary>
    public const int MaximumCodeDepth = 25;

    /// <summary>Slots of the stack.</summary>
    public const uint StackSlots = 16u << StackDepth;

    /// <summary>Instructions that the code tree has room for.</summary>
    public ulong CodeCapacity => 8UL << CodeDepth;

    /// <summary>Levels of the memory tree above its leaves.</summary>
    public int MemoryDepth => DepthOfPages(MaximumPages);

    /// <summary>Levels of the output tree above its leaves.</summary>
    public int OutputDepth => ByteTree.Depth(OutputLimit);

    /// <summary>Length of frame and stdin.</summary>
    public ulong InputLength => (ulong)FrameLength + StdinLength;

    /// <summary>Levels of the least tree that holds <paramref name="pages"/> pages, at least one page.</summary>
    public static int DepthOfPages(uint pages) => 9 + BitOperations.Log2((Math.Max(1, pages) - 1) << 1 | 1);

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void Encode(Span<byte> destination)
    {
        destination[..Size].Clear();
        destination[0] = Version;
        destination[1] = (byte)CodeDepth;
        destination[2] = (byte)MemoryDepth;
        destination[3] = (byte)OutputDepth;
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MaximumPages);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], OutputLimit);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], FrameLength);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], StdinLength);
        BinaryPrimitives.WriteUInt64BigEndian(destination[20..], FuelLimit);
    }

    /// <summary>Reads 32 bytes; null if version, depths or padding are none that a run can have.</summary>
    public static MachineParameters? Decode(ReadOnlySpan<byte> bytes)
    {
        var read = new MachineParameters(
            bytes[1],
            BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[20..]));
        if (read.MaximumPages > Limits.MemoryPages || read.CodeDepth > MaximumCodeDepth) return null;
        Span<byte> again = stackalloc byte[Size];
        read.Encode(again);
        return again.SequenceEqual(bytes[..Size]) ? read : null;
    }
}
