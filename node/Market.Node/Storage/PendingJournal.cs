using System.Globalization;
using LiteDB;
using Market.Chain.Transactions;
using Market.Ethereum.Transactions;
using Market.Hashing;

namespace Market.Node.Storage;

/// <summary>Signed transactions in a journal file of their own, in the data directory that the caller holds the lock of.</summary>
internal sealed class PendingJournal : IPendingStore, IDisposable
{
    private readonly LiteDatabase _database;
    private readonly ILiteCollection<BsonDocument> _pending;
    private readonly Lock _lock = new();

    /// <summary>Opens the file.</summary>
    public PendingJournal(string path)
    {
        _database = new LiteDatabase(new ConnectionString { Filename = path, Connection = ConnectionType.Direct });
        _pending = _database.GetCollection("pending");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SignedTransaction> Load(Address account)
    {
        lock (_lock) return [.. _pending.FindAll().Select(row => SignedTransaction.Decode(row["raw"].AsBinary)).Where(t => t.Sender == account)];
    }

    /// <inheritdoc/>
    public void Save(SignedTransaction transaction)
    {
        lock (_lock) _pending.Upsert(new BsonDocument { ["_id"] = Id(transaction.Sender, transaction.Transaction.Nonce), ["raw"] = transaction.Raw.ToArray() });
    }

    /// <inheritdoc/>
    public void Forget(Address account, ulong nonce)
    {
        lock (_lock) _pending.Delete(Id(account, nonce));
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static string Id(Address account, ulong nonce) => string.Create(CultureInfo.InvariantCulture, $"{account}/{nonce}");
}
