using System.Buffers.Binary;

namespace Market.Sandbox.Protocol;

/// <summary>
/// Messages over a pair of pipes: payload length (u32, little-endian), kind (u8), payload. Calls block; each end reads
/// on a thread of its own, because waiting on many pipes would starve the thread pool.
/// </summary>
public sealed class MessagePipe(Stream input, Stream output) : IDisposable
{
    private const int HeaderSize = 5;
    private const int Coalesced = 8 << 10;

    private readonly byte[] _small = new byte[Coalesced];

    /// <summary>Sends one message whose payload is the concatenation of the parts.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Write(MessageKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> middle = default, ReadOnlySpan<byte> tail = default)
    {
        var length = head.Length + middle.Length + tail.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(_small, (uint)length);
        _small[4] = (byte)kind;
        if (HeaderSize + length <= Coalesced)
        {
            // One system call for a small message.
            head.CopyTo(_small.AsSpan(HeaderSize));
            middle.CopyTo(_small.AsSpan(HeaderSize + head.Length));
            tail.CopyTo(_small.AsSpan(HeaderSize + head.Length + middle.Length));
            output.Write(_small, 0, HeaderSize + length);
        }
        else
        {
            output.Write(_small, 0, HeaderSize);
            output.Write(head);
            output.Write(middle);
            output.Write(tail);
        }

        output.Flush();
    }

    /// <summary>Waits for the next message; null at the end of the stream.</summary>
    /// <param name="maxLength">Longest payload accepted; nothing longer is read or allocated.</param>
    /// <exception cref="InvalidDataException">A longer payload is announced, or the stream ends inside a message.</exception>
    public Message? Read(int maxLength)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        var read = input.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
        if (read == 0) return null;
        if (read < HeaderSize) throw new InvalidDataException("the stream ends inside a message");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > (uint)maxLength) throw new InvalidDataException($"a message of {length} bytes is longer than {maxLength}");
        var payload = GC.AllocateUninitializedArray<byte>((int)length);
        if (input.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false) < payload.Length)
        {
            throw new InvalidDataException("the stream ends inside a message");
        }

        return new Message((MessageKind)header[4], payload);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
    }
}

/// <summary>One received message.</summary>
public readonly record struct Message(MessageKind Kind, ReadOnlyMemory<byte> Payload);
