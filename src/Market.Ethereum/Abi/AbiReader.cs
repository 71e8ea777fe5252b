using System.Buffers.Binary;

namespace Market.Ethereum.Abi;

/// <summary>
/// Reads tuples strictly: only the layout that Solidity's own encoder writes is accepted (tails in order, without gaps,
/// overlaps or dirty padding). So every accepted text encodes back to the same bytes, no byte is read twice, and what is
/// allocated is bounded by the length of the input, whatever lengths it claims.
/// </summary>
public sealed class AbiReader
{
    internal const int WordSize = 32;

    private readonly ReadOnlyMemory<byte> _data;
    private int _frame;
    private int _head;
    private int _tail;

    internal AbiReader(ReadOnlyMemory<byte> data) => _data = data;

    /// <summary>Bytes after all that was read or reserved so far.</summary>
    internal int Remaining => _data.Length - _tail;

    /// <summary>Reads the next member of the tuple.</summary>
    /// <exception cref="AbiException">The bytes are not the canonical encoding of <paramref name="type"/>.</exception>
    public T Read<T>(AbiType<T> type)
    {
        if (type.IsDynamic)
        {
            var offset = ReadLength(NextWord());
            if (offset != _tail - _frame) throw new AbiException($"{type.Name} stands at {offset}, not at {_tail - _frame}");
        }

        return type.Read(this);
    }

    /// <summary>The next word of the head.</summary>
    internal ReadOnlySpan<byte> NextWord()
    {
        var word = _data.Span.Slice(_head, WordSize);
        _head += WordSize;
        return word;
    }

    /// <summary>Reads a length word from the tail.</summary>
    internal int NextLength() => ReadLength(Take(WordSize));

    /// <summary>Takes <paramref name="count"/> bytes from the tail.</summary>
    internal ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining) throw new AbiException($"{count} bytes are claimed where {Remaining} are left");
        var taken = _data.Span.Slice(_tail, count);
        _tail += count;
        return taken;
    }

    /// <summary>Starts a tuple with a head of <paramref name="headWords"/> at the tail; end it with <see cref="Leave"/>.</summary>
    internal (int Frame, int Head) Enter(long headWords)
    {
        if (headWords * WordSize > Remaining) throw new AbiException($"a head of {headWords} words is claimed where {Remaining} bytes are left");
        var outer = (_frame, _head);
        _frame = _head = _tail;
        _tail += (int)headWords * WordSize;
        return outer;
    }

    /// <summary>Goes back to the tuple that <see cref="Enter"/> left.</summary>
    internal void Leave((int Frame, int Head) outer) => (_frame, _head) = outer;

    /// <summary>Fails unless everything was read.</summary>
    internal void End()
    {
        if (Remaining != 0) throw new AbiException($"{Remaining} bytes follow the value");
    }

    private static int ReadLength(ReadOnlySpan<byte> word)
    {
        if (word[..28].ContainsAnyExcept((byte)0)) throw new AbiException("a length or offset is out of range");
        var value = BinaryPrimitives.ReadUInt32BigEndian(word[28..]);
        return value <= int.MaxValue ? (int)value : throw new AbiException("a length or offset is out of range");
    }
}
