using Market.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Market.Blobs;

/// <summary>
/// A blob that is being received: only proven chunks are written, in any order, and each is noted with its root beside the
/// file, so that an interrupted transfer goes on with what is missing. One writer at a time, whose
/// <see cref="PutAsync"/> may be called by several senders at once for different chunks.
/// </summary>
public sealed class PartialBlob : IDisposable
{
    private readonly BlobStore _store;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly List<Proven?> _chunks;
    private SafeFileHandle? _notes;
    private long _held;
    private int _first;
    private bool _open = true;

    private PartialBlob(BlobStore store, BlobName name, string path, SafeFileHandle file, List<Proven?> chunks)
    {
        (_store, Name, _path, _file, _chunks) = (store, name, path, file, chunks);
        _held = chunks.Count(c => c is not null);
    }

    /// <summary>The blob to be.</summary>
    public BlobName Name { get; }

    /// <summary>Where the first missing chunk begins: a multiple of the chunk size, or the length once nothing is missing.</summary>
    public long Offset => Math.Min(FirstMissing(0) * ChunkTree.ChunkSize, Name.Length);

    /// <summary>The first chunk from <paramref name="index"/> on that is missing; the number of chunks if there is none.</summary>
    public long FirstMissing(long index)
    {
        lock (_lock)
        {
            while (_first < _chunks.Count && _chunks[_first] is not null) _first++;
            var at = Math.Max(index, _first);
            while (at < _chunks.Count && _chunks[(int)at] is not null) at++;
            return at;
        }
    }

    /// <summary>The first chunk from <paramref name="index"/> on that is held; the number of chunks in the blob if there is none.</summary>
    public long FirstHeld(long index)
    {
        lock (_lock)
        {
            while (index < _chunks.Count && _chunks[(int)index] is null) index++;
            return index < _chunks.Count ? index : ChunkTree.Count(Name.Length);
        }
    }

    /// <summary>Adds the chunk at <see cref="Offset"/>; with the last missing one the blob is stored.</summary>
    public Task<BlobOutcome> AppendAsync(ReadOnlyMemory<byte> chunk, IReadOnlyList<Hash256> siblings, CancellationToken cancellationToken) =>
        PutAsync(FirstMissing(0), chunk, siblings, cancellationToken);

    /// <summary>Adds chunk <paramref name="index"/>; with the last missing one the blob is stored.</summary>
    public async Task<BlobOutcome> PutAsync(long index, ReadOnlyMemory<byte> chunk, IReadOnlyList<Hash256> siblings, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        if (!ChunkTree.Proves(Name, index, chunk.Span, siblings, out var root)) return BlobOutcome.WrongContent;
        try
        {
            await RandomAccess.WriteAsync(_file, chunk, index * ChunkTree.ChunkSize, cancellationToken);
            return Note((int)index, new Proven(root, ChunkCheck.Of(chunk.Span))) ? Finish() : BlobOutcome.Accepted;
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
        Close();
        _store.Drop(Name);
        _store.Leave(Name);
    }

    /// <summary>Closes the writer; what was proven stays for the next one. If nothing was, the quota is given back.</summary>
    public void Dispose()
    {
        if (!_open) return;
        if (_held == 0)
        {
            Abandon();
            return;
        }

        Close();
        _store.Leave(Name);
    }

    internal static async Task<PartialBlob> OpenAsync(BlobStore store, BlobName name, string path, CancellationToken cancellationToken)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        try
        {
            // Noted chunks are hashed again rather than trusted: a crash of the machine may have torn any of them.
            var chunks = new List<Proven?>();
            var buffer = new byte[ChunkTree.ChunkSize];
            foreach (var noted in ReadNotes(BlobFiles.NotesOf(path), ChunkTree.Count(name.Length)))
            {
                var index = chunks.Count;
                var length = ChunkTree.LengthOf(name.Length, index);
                var isWhole = noted != Hash256.Zero
                    && await RandomAccess.ReadAsync(file, buffer.AsMemory(0, length), (long)index * ChunkTree.ChunkSize, cancellationToken) == length
                    && ChunkTree.RootOf(name.Length, buffer.AsSpan(0, length)) == noted;
                chunks.Add(isWhole ? new Proven(noted, ChunkCheck.Of(buffer.AsSpan(0, length))) : null);
            }

            // The last one ends the blob: a writer that opens always has something to receive.
            if (chunks.Count > 0 && chunks.Count == ChunkTree.Count(name.Length) && chunks.TrueForAll(c => c is not null)) chunks[^1] = null;
            return new PartialBlob(store, name, path, file, chunks);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Leading chunks that are noted at <paramref name="notes"/> as proven, of a blob of <paramref name="count"/> chunks.</summary>
    internal static long LeadingNotes(string notes, long count) => ReadNotes(notes, count).TakeWhile(r => r != Hash256.Zero).LongCount();

    private static IEnumerable<Hash256> ReadNotes(string path, long count)
    {
        if (!File.Exists(path)) yield break;
        using var notes = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var root = new byte[Hash256.Size];
        for (var i = 0L; i < count && notes.ReadAtLeast(root, root.Length, throwOnEndOfStream: false) == root.Length; i++) yield return new Hash256(root);
    }

    /// <summary>True if this was the last missing chunk.</summary>
    private bool Note(int index, Proven chunk)
    {
        var count = ChunkTree.Count(Name.Length);
        lock (_lock)
        {
            while (_chunks.Count <= index) _chunks.Add(null);
            if (_chunks[index] is not null) return false;
            _chunks[index] = chunk;
            if (++_held == count) return true;
            _notes ??= BlobFiles.OpenPrivate(BlobFiles.NotesOf(_path), FileMode.OpenOrCreate);
            RandomAccess.Write(_notes, chunk.Root.ToArray(), (long)index * Hash256.Size);
            return false;
        }
    }

    private BlobOutcome Finish()
    {
        var tree = new ChunkTree(Name.Length, [.. _chunks.Select(c => c!.Value.Root)]);
        if (tree.Name != Name)
        {
            Abandon();
            return BlobOutcome.WrongContent;
        }

        RandomAccess.SetLength(_file, Name.Length);
        RandomAccess.FlushToDisk(_file);
        Close();
        try
        {
            _store.Publish(_path, tree, [.. _chunks.Select(c => c!.Value.Check)]);
            File.Delete(BlobFiles.NotesOf(_path));
        }
        finally
        {
            _store.Leave(Name);
        }

        return BlobOutcome.Stored;
    }

    private void Close()
    {
        _open = false;
        _notes?.Dispose();
        _file.Dispose();
    }

    private readonly record struct Proven(Hash256 Root, ChunkCheck Check);
}
