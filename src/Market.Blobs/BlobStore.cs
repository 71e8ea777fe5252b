using Market.Hashing;

namespace Market.Blobs;

/// <summary>
/// Blobs by name in a directory of this process alone. A blob appears whole or not at all (written aside, flushed,
/// renamed), is never read back unverified, and stays at least until the time it was promised for, and while it is pinned.
/// Over the quota, blobs past that time are dropped, the least recently used first; if none are, the store refuses.
/// </summary>
public sealed class BlobStore
{
    private readonly BlobStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly BlobLedger _ledger;

    private BlobStore(BlobStoreOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Files = new BlobFiles(options.Directory);
        _ledger = new BlobLedger(options.QuotaBytes);
        foreach (var (name, keepUntil) in Files.Blobs())
        {
            // What is on disk counts, even if the quota was lowered meanwhile.
            _ledger.Release(-name.Length);
            _ledger.Add(name, keepUntil);
        }

        foreach (var (name, path) in Files.Partials())
        {
            if (_ledger.Holds(name)) File.Delete(path);
            else _ledger.Release(-name.Length);
        }
    }

    /// <summary>Bytes of the quota in use, begun blobs included.</summary>
    public long UsedBytes => _ledger.Used;

    /// <summary>Bytes that all blobs together may take.</summary>
    public long QuotaBytes => _options.QuotaBytes;

    internal BlobFiles Files { get; }

    /// <summary>Opens the store, making its directory and dropping what earlier processes left without a name.</summary>
    /// <exception cref="IOException">The directory cannot be made or read.</exception>
    public static BlobStore Open(BlobStoreOptions options, TimeProvider time) => new(options, time);

    /// <summary>Names of all blobs held.</summary>
    public IReadOnlyList<BlobName> List() => _ledger.Held();

    /// <summary>Whether the whole blob is held.</summary>
    public bool Holds(BlobName name) => _ledger.Holds(name);

    /// <summary>Time until which a held blob is promised to be kept.</summary>
    public DateTimeOffset? KeptUntil(BlobName name) => _ledger.KeptUntil(name);

    /// <summary>Promises to keep a held blob until then at least; false if it is not held.</summary>
    public bool Keep(BlobName name, DateTimeOffset until) =>
        _ledger.Keep(name, until, () => File.SetLastWriteTimeUtc(Files.Blob(name), until.UtcDateTime));

    /// <summary>Drops a blob whatever was promised; false if it is not held.</summary>
    public bool Delete(BlobName name) => _ledger.Remove(name, Files.Delete);

    /// <summary>
    /// Keeps blobs, held or yet to come, from being evicted until <see cref="Unpin"/> is called as often. Pins are not on
    /// disk: whoever pins remembers what for.
    /// </summary>
    public void Pin(IEnumerable<BlobName> names) => _ledger.Pin(names);

    /// <summary>Takes pins back.</summary>
    public void Unpin(IEnumerable<BlobName> names) => _ledger.Unpin(names);

    /// <summary>Path of a held blob's file, for a process that maps it and verifies for itself; null if it is not held.</summary>
    public string? PathOf(BlobName name) => _ledger.Holds(name) ? Files.Blob(name) : null;

    /// <summary>Stores bytes under the name that they have.</summary>
    public async Task<BlobPut> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var stream = new ReadOnlyBytes(content);
        return await PutAsync(stream, cancellationToken);
    }

    /// <summary>Stores what the stream still holds, naming it while it passes.</summary>
    public async Task<BlobPut> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        var temp = Files.Temp();
        var reserved = 0L;
        try
        {
            var (roots, checks) = (new List<Hash256>(), new List<ChunkCheck>());
            var length = 0L;
            using (var handle = BlobFiles.OpenPrivate(temp, FileMode.CreateNew, FileOptions.Asynchronous))
            {
                var buffer = new byte[ChunkTree.ChunkSize];
                int read;
                while ((read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0)
                {
                    if (length + read > _options.MaxBlobBytes) return new BlobPut(BlobOutcome.TooLarge, default);
                    if (!Reserve(read)) return new BlobPut(BlobOutcome.QuotaExceeded, default);
                    reserved += read;
                    await RandomAccess.WriteAsync(handle, buffer.AsMemory(0, read), length, cancellationToken);

                    // Only the last chunk is short; if it is the only one, its tree is no deeper than it needs.
                    roots.Add(ChunkTree.RootOf(length == 0 ? read : length + read, buffer.AsSpan(0, read)));
                    checks.Add(ChunkCheck.Of(buffer.AsSpan(0, read)));
                    length += read;
                }

                RandomAccess.FlushToDisk(handle);
            }

            if (length == 0) roots.Add(ChunkTree.RootOf(0, []));
            var tree = new ChunkTree(length, roots);
            Publish(temp, tree, checks);
            reserved = 0;
            return new BlobPut(BlobOutcome.Stored, tree.Name);
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            return new BlobPut(BlobOutcome.DiskFull, default);
        }
        finally
        {
            _ledger.Release(reserved);
            File.Delete(temp);
        }
    }

    /// <summary>
    /// Begins, or after an interruption goes on with, a blob whose name is known and whose chunks arrive with proofs.
    /// The writer is null unless the outcome is <see cref="BlobOutcome.Accepted"/>; <see cref="BlobOutcome.Stored"/> means
    /// it is held already.
    /// </summary>
    public async Task<(BlobOutcome Outcome, PartialBlob? Writer)> WriteAsync(BlobName name, CancellationToken cancellationToken)
    {
        if (name.Length > _options.MaxBlobBytes) return (BlobOutcome.TooLarge, null);
        if (!_ledger.Enter(name)) return (BlobOutcome.Busy, null);
        var entered = true;
        try
        {
            if (_ledger.Holds(name)) return (BlobOutcome.Stored, null);
            var path = Files.Partial(name);
            if (!File.Exists(path))
            {
                if (!Reserve(name.Length)) return (BlobOutcome.QuotaExceeded, null);
                try
                {
                    BlobFiles.OpenPrivate(path, FileMode.CreateNew).Dispose();
                }
                catch (IOException)
                {
                    _ledger.Release(name.Length);
                    throw;
                }
            }

            var writer = await PartialBlob.OpenAsync(this, name, path, cancellationToken);
            entered = false;
            return (BlobOutcome.Accepted, writer);
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            return (BlobOutcome.DiskFull, null);
        }
        finally
        {
            if (entered) _ledger.Leave(name);
        }
    }

    /// <summary>Proven bytes of a begun blob, where a sender should go on; zero if nothing is begun.</summary>
    public long ResumeOffset(BlobName name)
    {
        var count = ChunkTree.Count(name.Length);
        return Math.Min(PartialBlob.LeadingNotes(BlobFiles.NotesOf(Files.Partial(name)), count), count - 1) * ChunkTree.ChunkSize;
    }

    /// <summary>Opens a held blob for reading chunk by chunk; null if it is not held.</summary>
    /// <exception cref="BlobDamagedException">Its tree on disk is not the one of its name.</exception>
    public BlobReader? OpenRead(BlobName name) => _ledger.Use(name, _time.GetUtcNow()) ? BlobReader.Open(this, name) : null;

    /// <summary>Reads a whole blob and verifies it; null if it is not held.</summary>
    /// <exception cref="BlobDamagedException">The bytes on disk are not those of the name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The blob does not fit into one array.</exception>
    public async Task<byte[]?> ReadAsync(BlobName name, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, Array.MaxLength, nameof(name));
        using var reader = OpenRead(name);
        if (reader is null) return null;
        var content = new byte[name.Length];
        for (var i = 0L; i < reader.ChunkCount; i++)
        {
            await reader.ReadAsync(i, content.AsMemory((int)(i * ChunkTree.ChunkSize)), cancellationToken);
        }

        return content;
    }

    /// <summary>Drops begun blobs that nobody is writing and nobody wrote to since then; returns how many.</summary>
    public int DropPartials(DateTimeOffset since)
    {
        var dropped = 0;
        foreach (var (name, path) in Files.Partials())
        {
            if (File.GetLastWriteTimeUtc(path) > since.UtcDateTime || !_ledger.Enter(name)) continue;
            Drop(name);
            _ledger.Leave(name);
            dropped++;
        }

        return dropped;
    }

    internal void Publish(string file, ChunkTree tree, IReadOnlyList<ChunkCheck> checks)
    {
        var keepUntil = _time.GetUtcNow() + _options.Retention;
        File.SetLastWriteTimeUtc(file, keepUntil.UtcDateTime);
        if (!_ledger.Holds(tree.Name)) Files.Publish(file, tree.Name, tree, checks);
        _ledger.Add(tree.Name, keepUntil);
        Keep(tree.Name, keepUntil);
    }

    internal void Leave(BlobName name) => _ledger.Leave(name);

    internal void Drop(BlobName partial)
    {
        var path = Files.Partial(partial);
        File.Delete(path);
        File.Delete(BlobFiles.NotesOf(path));
        _ledger.Release(partial.Length);
    }

    private bool Reserve(long bytes)
    {
        var now = _time.GetUtcNow();
        if (_ledger.Reserve(bytes, now, Files.Delete)) return true;

        // Transfers that nobody goes on with are worth less than any finished blob, but only once the quota is short.
        return DropPartials(now - _options.Retention) > 0 && _ledger.Reserve(bytes, now, Files.Delete);
    }
}
