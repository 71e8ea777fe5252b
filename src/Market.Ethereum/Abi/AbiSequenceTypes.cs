using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Market.Ethereum.Abi;

/// <summary>bytes: a length word and the bytes, zero-padded to whole words.</summary>
internal sealed class AbiBytes() : AbiType<HexBytes>("bytes", 1, isDynamic: true)
{
    internal override void Write(AbiWriter writer, HexBytes value) => Write(writer, value.Span);

    internal override HexBytes Read(AbiReader reader) => new(ReadSpan(reader));

    internal static void Write(AbiWriter writer, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(writer.Append(AbiReader.WordSize)[28..], value.Length);
        value.CopyTo(writer.Append(Padded(value.Length)));
    }

    internal static ReadOnlySpan<byte> ReadSpan(AbiReader reader)
    {
        var length = reader.NextLength();
        if (length > reader.Remaining) throw new AbiException($"{length} bytes are claimed where {reader.Remaining} are left");
        var padded = reader.Take(Padded(length));
        return !padded[length..].ContainsAnyExcept((byte)0) ? padded[..length] : throw new AbiException("padding is not zero");
    }

    private static int Padded(int length) => checked(length + AbiReader.WordSize - 1) & -AbiReader.WordSize;
}

/// <summary>string: bytes that are well-formed UTF-8.</summary>
internal sealed class AbiString() : AbiType<string>("string", 1, isDynamic: true)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal override void Write(AbiWriter writer, string value) => AbiBytes.Write(writer, Utf8.GetBytes(value));

    internal override string Read(AbiReader reader)
    {
        try
        {
            return Utf8.GetString(AbiBytes.ReadSpan(reader));
        }
        catch (DecoderFallbackException e)
        {
            throw new AbiException("a string is not UTF-8", e);
        }
    }
}

/// <summary>T[]: a length word and a tuple of that many elements.</summary>
internal sealed class AbiArray<T>(AbiType<T> element) : AbiType<ImmutableArray<T>>($"{element.Name}[]", 1, isDynamic: true)
{
    internal override void Write(AbiWriter writer, ImmutableArray<T> value)
    {
        var items = value.IsDefault ? [] : value;
        BinaryPrimitives.WriteInt32BigEndian(writer.Append(AbiReader.WordSize)[28..], items.Length);
        var outer = writer.Enter(checked(items.Length * element.HeadWords));
        foreach (var item in items) writer.Write(element, item);
        writer.Leave(outer);
    }

    internal override ImmutableArray<T> Read(AbiReader reader)
    {
        var length = reader.NextLength();

        // Enter checks the claimed length against the bytes that are there, so the array below is no larger than the input.
        var outer = reader.Enter((long)length * element.HeadWords);
        var items = ImmutableArray.CreateBuilder<T>(length);
        for (var i = 0; i < length; i++) items.Add(reader.Read(element));
        reader.Leave(outer);
        return items.MoveToImmutable();
    }
}

/// <summary>T[k]: a tuple of k elements.</summary>
internal sealed class AbiFixedArray<T>(AbiType<T> element, int length) : AbiType<ImmutableArray<T>>(
    $"{element.Name}[{length}]", element.IsDynamic ? 1 : checked(length * element.HeadWords), element.IsDynamic)
{
    internal override void Write(AbiWriter writer, ImmutableArray<T> value)
    {
        if (value.IsDefault || value.Length != length) throw new ArgumentOutOfRangeException(nameof(value), $"{Name} takes {length} elements");
        var outer = IsDynamic ? writer.Enter(length) : default;
        foreach (var item in value) writer.Write(element, item);
        if (IsDynamic) writer.Leave(outer);
    }

    internal override ImmutableArray<T> Read(AbiReader reader)
    {
        var outer = IsDynamic ? reader.Enter(length) : default;
        var items = ImmutableArray.CreateBuilder<T>(length);
        for (var i = 0; i < length; i++) items.Add(reader.Read(element));
        if (IsDynamic) reader.Leave(outer);
        return items.MoveToImmutable();
    }
}

/// <summary>A struct.</summary>
internal sealed class AbiTuple<T> : AbiType<T>
    where T : IAbiTuple<T>
{
    private readonly int _members = HeadWordsOf(T.Components);

    internal AbiTuple()
        : base(AbiSignature.Tuple(T.Components), T.Components.Any(c => c.IsDynamic) ? 1 : HeadWordsOf(T.Components), T.Components.Any(c => c.IsDynamic))
    {
    }

    internal override void Write(AbiWriter writer, T value)
    {
        var outer = IsDynamic ? writer.Enter(_members) : default;
        value.Encode(writer);
        if (IsDynamic) writer.Leave(outer);
    }

    internal override T Read(AbiReader reader)
    {
        var outer = IsDynamic ? reader.Enter(_members) : default;
        var value = T.Decode(reader);
        if (IsDynamic) reader.Leave(outer);
        return value;
    }
}
