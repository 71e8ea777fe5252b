using System.Buffers.Binary;
using System.Text;

namespace Market.Wasm.Format;

/// <summary>Writes the binary format, numbers always in their shortest form, so that equal modules are equal bytes.</summary>
internal sealed class WasmWriter
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void U32(uint value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Signed(long value)
    {
        while (value is < -64 or > 63)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)(value & 0x7f));
    }

    public void Fixed32(uint value)
    {
        Reserve(4);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(Length), value);
        Length += 4;
    }

    public void Fixed64(ulong value)
    {
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(Length), value);
        Length += 8;
    }

    public void Name(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        U32((uint)bytes.Length);
        Bytes(bytes);
    }

    public void Types(ReadOnlySpan<WasmType> types)
    {
        U32((uint)types.Length);
        foreach (var type in types) Byte((byte)type);
    }

    /// <summary>A length-prefixed copy of what <paramref name="part"/> holds.</summary>
    public void Sized(WasmWriter part)
    {
        U32((uint)part.Length);
        Bytes(part.Written);
    }

    /// <summary>A vector: the count, then each item.</summary>
    public void Vector<T>(IReadOnlyCollection<T> items, Action<T> write)
    {
        U32((uint)items.Count);
        foreach (var item in items) write(item);
    }

    /// <summary>A section with what <paramref name="write"/> puts into it.</summary>
    public void Section(byte id, Action<WasmWriter> write)
    {
        var section = new WasmWriter();
        write(section);
        Byte(id);
        Sized(section);
    }

    /// <summary>The type section's content.</summary>
    public void FunctionTypes(IReadOnlyCollection<FunctionType> types) => Vector(types, t =>
    {
        Byte(0x60);
        Types(t.Parameters);
        Types(t.Results);
    });

    /// <summary>A memory's or table's limits.</summary>
    public void Limits(SizeLimits limits)
    {
        Byte(limits.Maximum is null ? (byte)0 : (byte)1);
        U32(limits.Minimum);
        if (limits.Maximum is { } maximum) U32(maximum);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
    }
}
