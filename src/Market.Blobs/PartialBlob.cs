using Market.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Market.Blobs;

/// <summary>
/// A blob that is being received: only proven chunks are written, in order, so that what is on disk is a true prefix and
/// an interrupted transfer goes on where it stopped. One writer at a time.
/// </summary>
public sealed class PartialBlob : IDisposable
{
    private readonly BlobStore _store;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly List<Hash256> _roots;
    private bool _open = true;

    private PartialBlob(BlobStore store, BlobName name, string path, SafeFileHandle file, List<Hash256> roots)
    {
        (_store, Name, _path, _file, _roots) = (store, name, path, file, roots);
    }

    /// <summary>The blob to be.</summary>
    public BlobName Name { get; }

    /// <summary>Bytes held, a multiple of the chunk size until the last chunk came: where the sender should go on.</summary>
    public long Offset => Math.Min((long)_roots.Count * ChunkTree.ChunkSize, Name.Length);

    /// <summary>Adds the chunk at <see cref="Offset"/>; with the last one the blob is stored.</summary>
    public async Task<BlobOutcome> AppendAsync(
        ReadOnlyMemory<byte> chunk, IReadOnlyList<Hash256> siblings, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        if (!ChunkTree.Proves(Name, _roots.Count, chunk.Span, siblings, out var root)) return BlobOutcome.WrongContent;
        try
        {
            await RandomAccess.WriteAsync(_file, chunk, Offset, cancellationToken);
            _roots.Add(root);
            return _roots.Count < ChunkTree.Count(Name.Length) ? BlobOutcome.Accepted : Finish();
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            return BlobOutcome.DiskFull;
        }
    }

    /// <summary>Forgets what was received and gives its quota back.</summary>
    public void Abandon()
    {
        if (!_open) return;
        _store.Drop(Name);
        Dispose();
    }

    /// <summary>Closes the writer; what was proven stays for the next one.</summary>
    public void Dispose()
    {
        if (!_open) return;
        _open = false;
        _file.Dispose();
        _store.Leave(Name);
    }

    internal static async Task<PartialBlob> OpenAsync(
        BlobStore store, BlobName name, string path, CancellationToken cancellationToken)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        try
        {
            // Chunks are hashed again rather than trusted: the end compares all of them with the name, so that a prefix
            // torn by a crash of the machine cannot become a blob.
            var whole = Math.Min(RandomAccess.GetLength(file), name.Length) / ChunkTree.ChunkSize;
            var roots = new List<Hash256>();
            var buffer = new byte[ChunkTree.ChunkSize];
            for (var i = 0L; i < Math.Min(whole, ChunkTree.Count(name.Length) - 1); i++)
            {
                if (await RandomAccess.ReadAsync(file, buffer, i * ChunkTree.ChunkSize, cancellationToken) < buffer.Length) break;
                roots.Add(ChunkTree.RootOf(name.Length, buffer));
            }

            return new PartialBlob(store, name, path, file, roots);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private BlobOutcome Finish()
    {
        var tree = new ChunkTree(Name.Length, _roots);
        if (tree.Name != Name)
        {
            Abandon();
            return BlobOutcome.WrongContent;
        }

        RandomAccess.SetLength(_file, Name.Length);
        RandomAccess.FlushToDisk(_file);
        _store.Publish(_path, tree);
        Dispose();
        return BlobOutcome.Stored;
    }
}
