using System.Buffers.Binary;
using System.Text;

namespace Market.Wasm.Format;

/// <summary>Reads the binary format's primitives within bounds; every fault is a refusal at its offset.</summary>
internal sealed class WasmReader(byte[] bytes, int start, int end)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    public int Position { get; private set; } = start;

    public int End { get; } = end;

    public bool AtEnd => Position >= End;

    public byte Byte()
    {
        if (Position >= End) throw RefusalException.Malformed("unexpected end", Position);
        return bytes[Position++];
    }

    public byte Peek() => Position < End ? bytes[Position] : throw RefusalException.Malformed("unexpected end", Position);

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > End - Position) throw RefusalException.Malformed("length out of bounds", Position);
        Position += count;
        return bytes.AsSpan(Position - count, count);
    }

    /// <summary>An unsigned LEB128 number of at most 32 bits.</summary>
    public uint U32()
    {
        var at = Position;
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Byte();
            if (shift == 28 && b > 0x0f) throw RefusalException.Malformed(b >= 0x80 ? "integer representation too long" : "integer too large", at);
            value |= (uint)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }

    /// <summary>A signed LEB128 number of at most <paramref name="bits"/> bits (32, 33 or 64).</summary>
    public long Signed(int bits)
    {
        var at = Position;
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Byte();
            var used = bits - shift;
            if (used < 7)
            {
                // The last byte: the unused bits must repeat the sign.
                if (b >= 0x80) throw RefusalException.Malformed("integer representation too long", at);
                var sign = (sbyte)(b << 1) >> used;
                if (sign is not (0 or -1)) throw RefusalException.Malformed("integer too large", at);
            }

            value |= (long)(b & 0x7f) << shift;
            if (b >= 0x80) continue;
            var width = shift + 7;
            return width < 64 ? value << (64 - width) >> (64 - width) : value;
        }
    }

    public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    /// <summary>The length of a vector, at most <paramref name="cap"/>.</summary>
    public int Count(int cap, string what)
    {
        var at = Position;
        var count = U32();
        // Each element takes a byte at least, so a longer vector cannot end in bounds.
        if (count > (uint)(End - Position)) throw RefusalException.Malformed($"unexpected end in {what}", at);
        if (count > cap) throw RefusalException.TooLarge($"{count} {what}, more than {cap}", at);
        return (int)count;
    }

    public string Name()
    {
        var length = Count(Limits.NameBytes, "bytes of a name");
        var at = Position;
        try
        {
            return Utf8.GetString(Bytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw RefusalException.Malformed("malformed UTF-8 encoding", at);
        }
    }

    public WasmType ReadType()
    {
        var at = Position;
        var b = Byte();
        return b switch
        {
            0x7c or 0x7d or 0x7e or 0x7f => (WasmType)b,
            0x7b => throw RefusalException.Unsupported("SIMD (v128)", at),
            0x6f or 0x70 => throw RefusalException.Unsupported("reference types", at),
            0x63 or 0x64 or (>= 0x69 and <= 0x74) => throw RefusalException.Unsupported("typed references or garbage collection", at),
            _ => throw RefusalException.Malformed("malformed value type", at),
        };
    }

    public WasmType[] ReadTypes(string what)
    {
        var types = new WasmType[Count(Limits.Arity, what)];
        for (var i = 0; i < types.Length; i++) types[i] = ReadType();
        return types;
    }
}
