using Market.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Market.Blobs;

/// <summary>Reads a held blob by chunks, each verified or at least checked, and opens each with its siblings for a receiver to verify.</summary>
public sealed class BlobReader : IDisposable
{
    private readonly BlobStore _store;
    private readonly SafeFileHandle _file;
    private readonly ChunkTree _tree;

    // None for a blob of one chunk, and for one that was stored before there were any.
    private readonly ChunkCheck[] _checks;

    private BlobReader(BlobStore store, BlobName name, SafeFileHandle file, ChunkTree tree, ChunkCheck[] checks)
    {
        (_store, Name, _file, _tree, _checks) = (store, name, file, tree, checks);
    }

    /// <summary>The blob.</summary>
    public BlobName Name { get; }

    /// <summary>Chunks in it, at least one.</summary>
    public long ChunkCount => _tree.Roots.Count;

    /// <summary>Siblings that prove chunk <paramref name="index"/> under the blob's root, nearest first.</summary>
    public IReadOnlyList<Hash256> Siblings(long index) => _tree.Siblings(index);

    /// <summary>Reads chunk <paramref name="index"/> to the start of <paramref name="destination"/>; returns its length.</summary>
    /// <exception cref="BlobDamagedException">The bytes on disk are not those of the name.</exception>
    public async Task<int> ReadAsync(long index, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var length = await FillAsync(index, destination, cancellationToken);
        return ChunkTree.RootOf(Name.Length, destination.Span[..length]) == _tree.Roots[(int)index] ? length : throw Damaged();
    }

    /// <summary>
    /// Reads a chunk that somebody else will prove against the name: here a checksum finds what the disk spoiled, so that
    /// each byte is hashed once on its way, by its receiver.
    /// </summary>
    /// <exception cref="BlobDamagedException">The bytes on disk are not those that were stored.</exception>
    public async Task<int> ReadForPeerAsync(long index, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_checks.Length == 0) return await ReadAsync(index, destination, cancellationToken);
        var length = await FillAsync(index, destination, cancellationToken);
        return ChunkCheck.Of(destination.Span[..length]) == _checks[index] ? length : throw Damaged();
    }

    /// <summary>Copies the whole blob to a stream, each chunk verified before it is written.</summary>
    /// <exception cref="BlobDamagedException">The bytes on disk are not those of the name.</exception>
    public async Task CopyToAsync(Stream destination, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(ChunkTree.ChunkSize, Name.Length)];
        for (var i = 0L; i < ChunkCount; i++)
        {
            var length = await ReadAsync(i, buffer, cancellationToken);
            await destination.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    internal static BlobReader? Open(BlobStore store, BlobName name)
    {
        try
        {
            var path = store.Files.Blob(name);
            var count = ChunkTree.Count(name.Length);
            var roots = new List<Hash256> { name.Root };
            ChunkCheck[] checks = [];
            if (count > 1)
            {
                var bytes = File.ReadAllBytes(BlobFiles.TreeOf(path));
                var hasChecks = bytes.Length == count * (Hash256.Size + ChunkCheck.Size);
                if (!hasChecks && bytes.Length != count * Hash256.Size) throw Damaged(store, name);
                roots.Clear();
                for (var i = 0; i < count; i++) roots.Add(new Hash256(bytes.AsSpan(i * Hash256.Size, Hash256.Size)));
                var behind = (int)count * Hash256.Size;
                if (hasChecks) checks = [.. Enumerable.Range(0, (int)count).Select(i => ChunkCheck.Read(bytes.AsSpan(behind + (i * ChunkCheck.Size))))];
            }

            var tree = new ChunkTree(name.Length, roots);
            if (tree.Name != name) throw Damaged(store, name);
            return new BlobReader(store, name, File.OpenHandle(path, options: FileOptions.Asynchronous), tree, checks);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Evicted since it was looked up, or somebody removed a file by hand: either way it is not held.
            store.Delete(name);
            return null;
        }
    }

    private async Task<int> FillAsync(long index, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var length = ChunkTree.LengthOf(Name.Length, index);
        var filled = 0;
        while (filled < length)
        {
            var read = await RandomAccess.ReadAsync(_file, destination[filled..length], (index * ChunkTree.ChunkSize) + filled, cancellationToken);
            if (read == 0) throw Damaged();
            filled += read;
        }

        return length;
    }

    private static BlobDamagedException Damaged(BlobStore store, BlobName name)
    {
        store.Delete(name);
        return new BlobDamagedException(name);
    }

    private BlobDamagedException Damaged() => Damaged(_store, Name);
}
