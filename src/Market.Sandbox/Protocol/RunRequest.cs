using System.Buffers.Binary;

namespace Market.Sandbox.Protocol;

/// <summary>The fixed part of a Run message; frame and standard input follow. Little-endian.</summary>
public readonly record struct RunRequest(ulong Fuel, uint MemoryPages, uint OutputBytes)
{
    /// <summary>Encoded bytes.</summary>
    public const int Size = 16;

    /// <summary>Longest Run payload.</summary>
    public const int MaxLength = Size + RunLimits.MaxInputBytes;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Encode(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Fuel);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], MemoryPages);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], OutputBytes);
    }

    /// <summary>Splits a payload into request and input.</summary>
    /// <exception cref="InvalidDataException">The payload is too short.</exception>
    public static (RunRequest Request, ReadOnlyMemory<byte> Input) Decode(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < Size) throw new InvalidDataException("a run request is too short");
        var head = payload.Span;
        var request = new RunRequest(
            BinaryPrimitives.ReadUInt64LittleEndian(head),
            BinaryPrimitives.ReadUInt32LittleEndian(head[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(head[12..]));
        return (request, payload[Size..]);
    }
}
