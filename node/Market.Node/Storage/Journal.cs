using System.Buffers.Binary;
using LiteDB;
using Market.Domain.Identity;
using Market.Domain.Leases;
using Market.Domain.Offers;
using Market.Domain.Results;
using Market.Hashing;

namespace Market.Node.Storage;

/// <summary>
/// What a node must remember over a crash: leases it took up, what they read, results of finished tasklets, and the root it
/// decided to commit. Each write is durable when it returns, a result within <see cref="ResultDelay"/> and before any later
/// stage of a lease: what a crash takes is work of that long. The chain wins wherever both know something. Results of leases that
/// are over stay for a while, to answer the same tasklet again.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>Results of so long are written together: one at a time takes the database longer than a short tasklet runs.</summary>
    public static readonly TimeSpan ResultDelay = TimeSpan.FromMilliseconds(100);

    private const int MostWaiting = 1_000;
    private const string Nobody = "";
    private const int MaxRemembered = 100_000;
    private const int NameSize = Hash256.Size + 8;
    private readonly LiteDatabase _database;
    private readonly ILiteCollection<BsonDocument> _leases;
    private readonly ILiteCollection<BsonDocument> _results;
    private readonly ILiteCollection<BsonDocument> _inputs;
    private readonly ILiteCollection<BsonDocument> _modules;
    private readonly Lock _lock = new();
    private readonly ITimer _writing;

    // Results that are not written yet, by their id and by what they answer.
    private readonly Dictionary<string, BsonDocument> _waiting = [];
    private readonly Dictionary<Hash256, TaskletResult> _waitingRuns = [];

    /// <summary>Opens the journal; the caller holds the data directory's lock.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">When results are written.</param>
    public Journal(string path, TimeProvider time)
    {
        _writing = time.CreateTimer(_ => WriteInTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _database = new LiteDatabase(new ConnectionString { Filename = path, Connection = ConnectionType.Direct });
        _leases = _database.GetCollection("leases");
        _results = _database.GetCollection("results");
        _results.EnsureIndex("lease");
        _results.EnsureIndex("run");
        _inputs = _database.GetCollection("inputs");
        _modules = _database.GetCollection("modules");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>All leases known, finished ones included.</summary>
    public IReadOnlyList<LeaseRecord> Leases()
    {
        lock (_lock) return [.. _leases.FindAll().Select(Read)];
    }

    /// <summary>One lease; null if the journal does not know it.</summary>
    public LeaseRecord? Find(LeaseKey key)
    {
        lock (_lock) return _leases.FindById(key.ToString()) is { } found ? Read(found) : null;
    }

    /// <summary>Notes a lease's stage. A root, once noted, is never replaced by another.</summary>
    /// <exception cref="InvalidOperationException">Another root was noted before: committing this one would contradict it.</exception>
    public void Save(LeaseRecord record)
    {
        lock (_lock)
        {
            if (Find(record.Key)?.Root is { } noted && record.Root is { } root && noted != root)
            {
                throw new InvalidOperationException($"lease {record.Key} has root {noted}; {root} would contradict it");
            }

            WriteResults();
            _leases.Upsert(Write(record));
        }
    }

    /// <summary>Notes a finished tasklet's result, whose output is stored already.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="tasklet">The tasklet, by its number in the offer.</param>
    /// <param name="run">What determines the result: <see cref="RunKey"/>.</param>
    /// <param name="result">The result.</param>
    public void SaveResult(LeaseKey lease, uint tasklet, Hash256 run, TaskletResult result)
    {
        var encoded = new byte[TaskletResult.Size];
        result.Encode(encoded);
        var id = $"{lease}/{tasklet}";
        lock (_lock)
        {
            if (_waiting.Count == 0) _writing.Change(ResultDelay, Timeout.InfiniteTimeSpan);
            _waiting[id] = new BsonDocument
            {
                ["_id"] = id,
                ["lease"] = lease.ToString(),
                ["tasklet"] = (long)tasklet,
                ["run"] = run.ToArray(),
                ["result"] = encoded,
            };
            _waitingRuns[run] = result;
            if (_waiting.Count >= MostWaiting) WriteResults();
        }
    }

    /// <summary>Results of a lease's tasklets that finished, by tasklet.</summary>
    public IReadOnlyDictionary<uint, TaskletResult> Results(LeaseKey lease)
    {
        var results = new Dictionary<uint, TaskletResult>();
        lock (_lock)
        {
            WriteResults();
            foreach (var row in _results.Find(OfLease(lease.ToString())))
            {
                if (TaskletResult.TryDecode(row["result"].AsBinary, out var result)) results[(uint)row["tasklet"].AsInt64] = result;
            }
        }

        return results;
    }

    /// <summary>What a run with this key gave, in whatever lease; null if none is remembered.</summary>
    public TaskletResult? FindRun(Hash256 run)
    {
        lock (_lock)
        {
            if (_waitingRuns.TryGetValue(run, out var waiting)) return waiting;
            return _results.FindOne(BsonExpression.Create("run = @0", run.ToArray())) is { } row && TaskletResult.TryDecode(row["result"].AsBinary, out var result) ? result : null;
        }
    }

    /// <summary>Takes the single results from a lease that is over, whose record stays. They answer the same runs for a while.</summary>
    public void DropResults(LeaseKey lease)
    {
        lock (_lock)
        {
            WriteResults();
            var rows = _results.Find(OfLease(lease.ToString())).ToList();
            foreach (var row in rows) row["lease"] = Nobody;
            _results.Update(rows);
            if (_results.Count(OfLease(Nobody)) > MaxRemembered) _results.DeleteMany(OfLease(Nobody));
        }
    }

    /// <summary>Notes blobs that a lease's tasklets read, beside those noted before.</summary>
    public void SaveInputs(LeaseKey lease, IReadOnlyCollection<BlobName> names)
    {
        var added = new byte[names.Count * NameSize];
        var rest = added.AsSpan();
        foreach (var name in names)
        {
            name.Root.CopyTo(rest);
            BinaryPrimitives.WriteInt64BigEndian(rest[Hash256.Size..], name.Length);
            rest = rest[NameSize..];
        }

        lock (_lock)
        {
            byte[] before = _inputs.FindById(lease.ToString())?["names"].AsBinary ?? [];
            _inputs.Upsert(new BsonDocument { ["_id"] = lease.ToString(), ["names"] = (byte[])[.. before, .. added] });
        }
    }

    /// <summary>Blobs that a lease's tasklets read.</summary>
    public IReadOnlyCollection<BlobName> Inputs(LeaseKey lease)
    {
        byte[] names;
        lock (_lock) names = _inputs.FindById(lease.ToString())?["names"].AsBinary ?? [];
        return [.. names.Chunk(NameSize).Select(n => new BlobName(new Hash256(n.AsSpan(0, Hash256.Size)), BinaryPrimitives.ReadInt64BigEndian(n.AsSpan(Hash256.Size)))).Distinct()];
    }

    /// <summary>Forgets what a lease that is over read.</summary>
    public void DropInputs(LeaseKey lease)
    {
        lock (_lock) _inputs.Delete(lease.ToString());
    }

    /// <summary>What looking again at a module's results showed, under this canonicaliser.</summary>
    public ModuleTrust TrustIn(BlobName module)
    {
        lock (_lock) return _modules.FindById(TrustId(module)) is { } row ? (ModuleTrust)row["trust"].AsInt32 : ModuleTrust.Unknown;
    }

    /// <summary>Notes it. Results of a module that is distrusted answer no run any more.</summary>
    public void SaveTrust(BlobName module, ModuleTrust trust)
    {
        lock (_lock) _modules.Upsert(new BsonDocument { ["_id"] = TrustId(module), ["trust"] = (int)trust });
    }

    /// <summary>Forgets a lease that is over and too old to come back.</summary>
    public void Forget(LeaseKey lease)
    {
        lock (_lock)
        {
            WriteResults();
            _results.DeleteMany(OfLease(lease.ToString()));
            _leases.Delete(lease.ToString());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _writing.Dispose();
            WriteResults();
            _database.Dispose();
        }
    }

    private void WriteInTime()
    {
        lock (_lock)
        {
            try
            {
                WriteResults();
            }
            catch (Exception e) when (e is IOException or LiteException)
            {
                // They wait on. Whoever notes a lease's next stage meets the same disk, and is told.
                _writing.Change(ResultDelay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    // In one transaction.
    private void WriteResults()
    {
        if (_waiting.Count == 0) return;
        _results.Upsert(_waiting.Values);
        _waiting.Clear();
        _waitingRuns.Clear();
    }

    // With its value as a parameter an expression is compiled once; as a literal, for each value.
    private static BsonExpression OfLease(string lease) => BsonExpression.Create("lease = @0", lease);

    private static string TrustId(BlobName module) => $"{module}/{Wasm.Canonicaliser.Version}";

    private static BsonDocument Write(LeaseRecord record) => new()
    {
        ["_id"] = record.Key.ToString(),
        ["offer"] = record.Lease.Offer.ToString(),
        ["device"] = (long)record.Lease.Device.Value,
        ["first"] = (long)record.Lease.First,
        ["count"] = (long)record.Lease.Count,
        // Unsigned 64-bit numbers do not fit BSON's; prices travel as text.
        ["unitPrice"] = record.Lease.UnitPrice.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["attempt"] = (int)record.Lease.Attempt,
        ["stage"] = (int)record.Stage,
        ["root"] = record.Root?.ToString(),
        ["reason"] = record.Reason,
        ["decline"] = (int)record.DeclineReason,
    };

    private static LeaseRecord Read(BsonDocument row) => new(
        new Lease(
            new OfferId(Hash256.Parse(row["offer"].AsString)),
            new DeviceId((uint)row["device"].AsInt64),
            (uint)row["first"].AsInt64,
            (uint)row["count"].AsInt64,
            ulong.Parse(row["unitPrice"].AsString, System.Globalization.CultureInfo.InvariantCulture),
            (ushort)row["attempt"].AsInt32),
        (LeaseStage)row["stage"].AsInt32,
        row["root"].IsNull ? null : Hash256.Parse(row["root"].AsString),
        row["reason"].IsNull ? null : row["reason"].AsString,
        (byte)row["decline"].AsInt32);
}
