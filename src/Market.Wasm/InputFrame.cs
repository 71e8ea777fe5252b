using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Market.Hashing;

namespace Market.Wasm;

/// <summary>
/// What stands before stdin in a tasklet's input: length of stdin, seed of the program's randomness, and arguments, the
/// first of which is the program's name. Encoded little-endian in a 128-byte header (magic 8, stdin length 8, argc 4,
/// argument bytes 4, seed 32, zeros), then the arguments as UTF-8, each with a NUL behind it, zero-padded to a multiple
/// of 128 bytes. Stdin follows at that offset.
/// </summary>
/// <param name="Arguments">Arguments, <c>argv[0]</c> included; none may hold a NUL.</param>
/// <param name="StdinLength">Bytes of stdin.</param>
/// <param name="Seed">Seed of random_get; zero unless the job sets one.</param>
public sealed record InputFrame(ImmutableArray<string> Arguments, ulong StdinLength, Hash256 Seed = default)
{
    /// <summary>Bytes of the header, and the unit that frames are padded to.</summary>
    public const int HeaderSize = 128;

    /// <summary>Most arguments, and most bytes of them, that <see cref="TryDecode"/> accepts.</summary>
    public const int MaximumArgumentBytes = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "MKTIN001"u8;

    /// <summary>The frame's bytes.</summary>
    /// <exception cref="ArgumentException">An argument holds a NUL, or the arguments are too long.</exception>
    public byte[] Encode()
    {
        if (Arguments.Any(a => a.Contains('\0', StringComparison.Ordinal))) throw new ArgumentException("an argument holds a NUL");
        var text = Encoding.UTF8.GetBytes(string.Concat(Arguments.Select(a => a + '\0')));
        if (text.Length > MaximumArgumentBytes) throw new ArgumentException($"{text.Length} bytes of arguments, more than {MaximumArgumentBytes}");
        var frame = new byte[Padded(text.Length)];
        Magic.CopyTo(frame);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(8), StdinLength);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(16), (uint)Arguments.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(20), (uint)text.Length);
        Seed.CopyTo(frame.AsSpan(24));
        text.CopyTo(frame, HeaderSize);
        return frame;
    }

    /// <summary>Reads a frame; false unless <see cref="Encode"/> would give the very same bytes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> frame, out InputFrame? decoded)
    {
        decoded = null;
        if (frame.Length < HeaderSize || !frame.StartsWith(Magic)) return false;
        var textLength = BinaryPrimitives.ReadUInt32LittleEndian(frame[20..]);
        if (textLength > MaximumArgumentBytes || frame.Length != Padded((int)textLength)) return false;
        var text = Encoding.UTF8.GetString(frame.Slice(HeaderSize, (int)textLength));
        if (text.Length > 0 && text[^1] != '\0') return false;
        ImmutableArray<string> arguments = text.Length == 0 ? [] : [.. text[..^1].Split('\0')];
        var candidate = new InputFrame(arguments, BinaryPrimitives.ReadUInt64LittleEndian(frame[8..]), new Hash256(frame.Slice(24, Hash256.Size)));
        if (!candidate.Encode().AsSpan().SequenceEqual(frame)) return false;
        decoded = candidate;
        return true;
    }

    private static int Padded(int textLength) => HeaderSize + ((textLength + HeaderSize - 1) / HeaderSize * HeaderSize);
}
