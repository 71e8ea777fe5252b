using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Market.Domain.Jobs;

/// <summary>
/// Several byte strings as one: before each stand four bytes with its length, little-endian, as wasm reads numbers.
/// Joins of outputs and the outputs that a fan-out reads have this form; no frames at all are no bytes at all.
/// </summary>
public static class Frames
{
    /// <summary>Bytes before each frame.</summary>
    public const int HeaderSize = 4;

    /// <summary>The frames in one.</summary>
    /// <exception cref="OverflowException">All of them together have 2^31 bytes or more.</exception>
    public static byte[] Encode(IEnumerable<ReadOnlyMemory<byte>> frames)
    {
        var all = frames as IReadOnlyCollection<ReadOnlyMemory<byte>> ?? [.. frames];
        var joined = new byte[checked((int)EncodedLength(all.Select(frame => (long)frame.Length)))];
        var at = 0;
        foreach (var frame in all)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(joined.AsSpan(at), (uint)frame.Length);
            frame.Span.CopyTo(joined.AsSpan(at + HeaderSize));
            at += HeaderSize + frame.Length;
        }

        return joined;
    }

    /// <summary>How many bytes <see cref="Encode"/> gives for frames of these lengths.</summary>
    public static long EncodedLength(IEnumerable<long> lengths) => lengths.Sum(length => checked(HeaderSize + length));

    /// <summary>Takes frames apart; they share the memory of <paramref name="joined"/>.</summary>
    /// <param name="joined">The bytes.</param>
    /// <param name="max">More frames are refused.</param>
    /// <param name="frames">The frames, if the bytes are exactly such a list.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> joined, int max, out ImmutableArray<ReadOnlyMemory<byte>> frames)
    {
        frames = [];
        var read = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        while (!joined.IsEmpty)
        {
            if (joined.Length < HeaderSize || read.Count == max) return false;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(joined.Span);
            joined = joined[HeaderSize..];
            if (length > (uint)joined.Length) return false;
            read.Add(joined[..(int)length]);
            joined = joined[(int)length..];
        }

        frames = read.ToImmutable();
        return true;
    }
}
