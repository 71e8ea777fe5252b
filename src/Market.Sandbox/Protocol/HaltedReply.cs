using System.Buffers.Binary;
using Market.Domain.Results;

namespace Market.Sandbox.Protocol;

/// <summary>The fixed part of a Halted message; the output follows. Little-endian.</summary>
public readonly record struct HaltedReply(TaskletStatus Status, TrapKind Trap, uint ExitCode, ulong FuelUsed)
{
    /// <summary>Encoded bytes.</summary>
    public const int Size = 14;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Encode(Span<byte> destination)
    {
        destination[0] = (byte)Status;
        destination[1] = (byte)Trap;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[2..], ExitCode);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[6..], FuelUsed);
    }

    /// <summary>Reads a Halted payload, which may come from a worker that its guest has taken over; null if it cannot be true.</summary>
    public static RunOutcome.Halted? Decode(ReadOnlyMemory<byte> payload, RunLimits limits)
    {
        if (payload.Length < Size) return null;
        var head = payload.Span;
        var status = (TaskletStatus)head[0];
        var trap = (TrapKind)head[1];
        var exitCode = BinaryPrimitives.ReadUInt32LittleEndian(head[2..]);
        var fuelUsed = BinaryPrimitives.ReadUInt64LittleEndian(head[6..]);
        var output = payload[Size..];
        var consistent = status switch
        {
            TaskletStatus.Exited => trap == TrapKind.None,
            TaskletStatus.Trapped => trap is > TrapKind.None and <= TrapKind.OutputLimit && exitCode == 0,
            _ => false,
        };
        if (!consistent || fuelUsed > limits.Fuel || output.Length > limits.OutputBytes) return null;
        return new RunOutcome.Halted(status, exitCode, fuelUsed, output, trap);
    }
}
