using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>
/// The output that a fan-out reads: a head of 128 bytes, which is one leaf of the output's byte tree and so opens on-chain
/// (<c>MKTLIST1</c>, the number of frames in 8 bytes big-endian, zeros), then the frames. The head alone decides how many
/// tasklets there are: a frame that is not there, or that its length would take past the end, reads as empty, as do all
/// behind it. So an output has one meaning, whatever stands in it.
/// </summary>
public static class FrameList
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadSize = 128;

    private static ReadOnlySpan<byte> Magic => "MKTLIST1"u8;

    /// <summary>The list as an output.</summary>
    /// <exception cref="ArgumentException">There are no frames.</exception>
    public static byte[] Encode(IReadOnlyCollection<ReadOnlyMemory<byte>> frames)
    {
        if (frames.Count == 0) throw new ArgumentException("a list holds at least one frame", nameof(frames));
        var joined = Frames.Encode(frames);
        var output = new byte[checked(HeadSize + joined.Length)];
        Magic.CopyTo(output);
        BinaryPrimitives.WriteUInt64BigEndian(output.AsSpan(Magic.Length), (ulong)frames.Count);
        joined.CopyTo(output, HeadSize);
        return output;
    }

    /// <summary>How many frames the output <paramref name="head"/> starts announces; null if it is no list of 1 to <paramref name="max"/>.</summary>
    public static int? CountOf(ReadOnlySpan<byte> head, int max)
    {
        if (head.Length < HeadSize || !head.StartsWith(Magic)) return null;
        var count = BinaryPrimitives.ReadUInt64BigEndian(head[Magic.Length..]);
        return count >= 1 && count <= (ulong)max ? (int)count : null;
    }

    /// <summary>The frames, as many as the head announces; false if it is no list of 1 to <paramref name="max"/>.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> output, int max, out ImmutableArray<ReadOnlyMemory<byte>> frames)
    {
        frames = [];
        if (CountOf(output.Span, max) is not { } count) return false;
        var read = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(count);
        var rest = output[HeadSize..];
        while (read.Count < count)
        {
            var length = rest.Length < Frames.HeaderSize ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            if (length > (uint)Math.Max(0, rest.Length - Frames.HeaderSize)) rest = default;
            read.Add(rest.IsEmpty ? default : rest.Slice(Frames.HeaderSize, (int)length));
            if (!rest.IsEmpty) rest = rest[(Frames.HeaderSize + (int)length)..];
        }

        frames = read.MoveToImmutable();
        return true;
    }
}
