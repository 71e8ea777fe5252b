using System.Buffers.Binary;

namespace Market.Ethereum.Abi;

/// <summary>Writes tuples: static members into the head, dynamic ones into the tail with an offset in the head.</summary>
public sealed class AbiWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;
    private int _frame;
    private int _head;

    internal AbiWriter()
    {
    }

    /// <summary>Writes the next member of the tuple.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type cannot hold <paramref name="value"/>.</exception>
    public void Write<T>(AbiType<T> type, T value)
    {
        if (type.IsDynamic) BinaryPrimitives.WriteUInt32BigEndian(NextWord()[28..], (uint)(_length - _frame));
        type.Write(this, value);
    }

    /// <summary>The next word of the head, zeroed.</summary>
    internal Span<byte> NextWord()
    {
        var word = _buffer.AsSpan(_head, AbiReader.WordSize);
        _head += AbiReader.WordSize;
        return word;
    }

    /// <summary>Appends <paramref name="count"/> zeroed bytes to the tail.</summary>
    internal Span<byte> Append(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(checked(_length + count), _buffer.Length * 2));
        var added = _buffer.AsSpan(_length, count);
        _length += count;
        return added;
    }

    /// <summary>Starts a tuple with a head of <paramref name="headWords"/> at the end of the tail; end it with <see cref="Leave"/>.</summary>
    internal (int Frame, int Head) Enter(int headWords)
    {
        var outer = (_frame, _head);
        _frame = _head = _length;
        Append(checked(headWords * AbiReader.WordSize));
        return outer;
    }

    /// <summary>Goes back to the tuple that <see cref="Enter"/> left.</summary>
    internal void Leave((int Frame, int Head) outer) => (_frame, _head) = outer;

    /// <summary>The bytes written.</summary>
    internal byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();
}
