using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Market.Transport.Serving;

/// <summary>
/// Kestrel's buffers in blocks of a whole TLS record. Its own are a quarter of that, and each block is a record of its
/// own: four times the calls into the cipher and the socket for every byte of a transfer.
/// </summary>
internal sealed class TransportBlockFactory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new TransportBlocks();
}

/// <summary>A pool of pinned blocks that keeps no more than a bounded number of idle ones.</summary>
internal sealed class TransportBlocks : MemoryPool<byte>
{
    /// <summary>Bytes in a block: the content of a full TLS record (RFC 8446, section 5.1).</summary>
    public const int BlockSize = 16 << 10;

    // 4 MiB for each pool; beyond that a block is left to the collector.
    private const int MaxIdle = 256;

    private readonly ConcurrentQueue<byte[]> _idle = new();
    private int _count;

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        if (!_idle.TryDequeue(out var block)) return new Block(this, GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true));
        Interlocked.Decrement(ref _count);
        return new Block(this, block);
    }

    protected override void Dispose(bool disposing) => _idle.Clear();

    private void Return(byte[] block)
    {
        if (Interlocked.Increment(ref _count) <= MaxIdle) _idle.Enqueue(block);
        else Interlocked.Decrement(ref _count);
    }

    private sealed class Block(TransportBlocks pool, byte[] content) : IMemoryOwner<byte>
    {
        private byte[]? _content = content;

        public Memory<byte> Memory => _content ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _content, null) is { } left) pool.Return(left);
        }
    }
}
