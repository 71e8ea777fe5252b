using System.Buffers.Binary;
using Market.Hashing;

namespace Market.Ethereum.Abi;

/// <summary>Encodes and decodes whole messages.</summary>
public static class AbiCodec
{
    /// <summary>Solidity's <c>abi.encode</c> of the members of <paramref name="value"/> as separate arguments.</summary>
    public static byte[] EncodeArguments<T>(T value)
        where T : IAbiTuple<T>
    {
        var writer = new AbiWriter();
        writer.Enter(AbiType.HeadWordsOf(T.Components));
        value.Encode(writer);
        return writer.ToArray();
    }

    /// <summary>Solidity's <c>abi.encode(value)</c> of one value; for a dynamic struct that starts with an offset word.</summary>
    public static byte[] Encode<T>(AbiType<T> type, T value)
    {
        var writer = new AbiWriter();
        writer.Enter(type.HeadWords);
        writer.Write(type, value);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="EncodeArguments"/> writes.</summary>
    /// <exception cref="AbiException"><paramref name="data"/> is anything else.</exception>
    public static T DecodeArguments<T>(ReadOnlyMemory<byte> data)
        where T : IAbiTuple<T>
    {
        var reader = Start(data, T.Components);
        var value = T.Decode(reader);
        reader.End();
        return value;
    }

    /// <summary>Reads what <see cref="Encode"/> writes.</summary>
    /// <exception cref="AbiException"><paramref name="data"/> is anything else.</exception>
    public static T Decode<T>(AbiType<T> type, ReadOnlyMemory<byte> data)
    {
        var reader = Start(data, [type]);
        var value = reader.Read(type);
        reader.End();
        return value;
    }

    /// <summary>A call's data: the selector and the arguments.</summary>
    public static HexBytes EncodeCall<TFunction>(TFunction call)
        where TFunction : IAbiFunction<TFunction>
    {
        var arguments = EncodeArguments(call);
        var data = new byte[AbiSignature.SelectorSize + arguments.Length];
        BinaryPrimitives.WriteUInt32BigEndian(data, AbiFunctionSelector<TFunction>.Value);
        arguments.CopyTo(data, AbiSignature.SelectorSize);
        return HexBytes.Wrap(data);
    }

    /// <summary>Reads a call's data; null if it calls another function.</summary>
    /// <exception cref="AbiException">The arguments are not the function's.</exception>
    public static TFunction? DecodeCall<TFunction>(ReadOnlyMemory<byte> data)
        where TFunction : class, IAbiFunction<TFunction> =>
        data.Length >= AbiSignature.SelectorSize && BinaryPrimitives.ReadUInt32BigEndian(data.Span) == AbiFunctionSelector<TFunction>.Value
            ? DecodeArguments<TFunction>(data[AbiSignature.SelectorSize..])
            : null;

    /// <summary>Reads what a call returned.</summary>
    /// <exception cref="AbiException"><paramref name="data"/> is not this function's result.</exception>
    public static TResult DecodeResult<TFunction, TResult>(ReadOnlyMemory<byte> data)
        where TFunction : IAbiFunction<TFunction, TResult>
    {
        var reader = Start(data, TFunction.ResultComponents);
        var value = TFunction.DecodeResult(reader);
        reader.End();
        return value;
    }

    /// <summary>Reads a log whose first topic is already known to be this event's.</summary>
    /// <exception cref="AbiException">Topics or data are not this event's.</exception>
    public static TEvent DecodeEvent<TEvent>(IReadOnlyList<Hash256> topics, ReadOnlyMemory<byte> data)
        where TEvent : IAbiEvent<TEvent>
    {
        var indexed = TEvent.IndexedCount;
        if (topics.Count != indexed + 1) throw new AbiException($"{TEvent.Name} has {indexed + 1} topics, not {topics.Count}");
        var words = new byte[indexed * AbiReader.WordSize];
        for (var i = 0; i < indexed; i++) topics[i + 1].CopyTo(words.AsSpan(i * AbiReader.WordSize));

        var topicReader = new AbiReader(words);
        topicReader.Enter(indexed);
        var dataReader = Start(data, TEvent.DataComponents);
        var value = TEvent.Decode(topicReader, dataReader);
        dataReader.End();
        return value;
    }

    private static AbiReader Start(ReadOnlyMemory<byte> data, IReadOnlyList<AbiType> components)
    {
        var reader = new AbiReader(data);
        reader.Enter(AbiType.HeadWordsOf(components));
        return reader;
    }
}
