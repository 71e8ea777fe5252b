using System.Globalization;
using System.Numerics;
using LiteDB;
using Market.Client.Disputes;
using Market.Domain.Leases;
using Market.Hashing;

namespace Market.Node.Storage;

/// <summary>What this node looked at and which moves it made, in a file of its own in the data directory that the caller holds the lock of.</summary>
internal sealed class DisputeJournal : IDisputeJournal, IDisposable
{
    private readonly LiteDatabase _database;
    private readonly ILiteCollection<BsonDocument> _checks;
    private readonly ILiteCollection<BsonDocument> _moves;
    private readonly Lock _lock = new();

    /// <summary>Opens the file.</summary>
    public DisputeJournal(string path)
    {
        _database = new LiteDatabase(new ConnectionString { Filename = path, Connection = ConnectionType.Direct });
        _checks = _database.GetCollection("checks");
        _moves = _database.GetCollection("moves", BsonAutoId.Int64);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <inheritdoc/>
    public CheckNote? Find(LeaseKey lease)
    {
        lock (_lock)
        {
            return _checks.FindById(lease.ToString()) is { } row
                ? new CheckNote(lease, Hash256.Parse(row["root"].AsString), (CheckOutcome)row["outcome"].AsInt32, (uint)row["tasklet"].AsInt64, row["detail"].AsString)
                : null;
        }
    }

    /// <inheritdoc/>
    public void Save(CheckNote note)
    {
        lock (_lock)
        {
            _checks.Upsert(new BsonDocument
            {
                ["_id"] = note.Lease.ToString(),
                ["root"] = note.Root.ToString(),
                ["outcome"] = (int)note.Outcome,
                ["tasklet"] = (long)note.Tasklet,
                ["detail"] = note.Detail,
            });
        }
    }

    /// <inheritdoc/>
    public void Save(MoveNote move)
    {
        lock (_lock)
        {
            _moves.Insert(new BsonDocument
            {
                ["game"] = move.Game.ToString(CultureInfo.InvariantCulture),
                ["number"] = move.Number,
                ["kind"] = move.Kind,
                ["outcome"] = move.Outcome,
                ["transaction"] = move.Transaction?.ToString(),
                ["gas"] = (long)move.Gas,
                ["at"] = move.At.UtcDateTime,
            });
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<MoveNote> Moves()
    {
        lock (_lock) return [.. _moves.FindAll().Select(Read)];
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static MoveNote Read(BsonDocument row) => new(
        BigInteger.Parse(row["game"].AsString, CultureInfo.InvariantCulture),
        row["number"].AsInt32,
        row["kind"].AsString,
        row["outcome"].AsString,
        row["transaction"].IsNull ? null : Hash256.Parse(row["transaction"].AsString),
        (ulong)row["gas"].AsInt64,
        row["at"].AsDateTime);
}
