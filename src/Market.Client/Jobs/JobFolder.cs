using Market.Blobs;
using Market.Client.Configuration;
using Market.Client.Faults;

namespace Market.Client.Jobs;

/// <summary>A job's blobs, for one process at a time: two stores over one directory would undo each other's work.</summary>
public sealed class JobFolder : IDisposable
{
    private readonly FileStream _lock;

    private JobFolder(FileStream held, BlobStore blobs) => (_lock, Blobs) = (held, blobs);

    /// <summary>Inputs that were sent, and results that were fetched.</summary>
    public BlobStore Blobs { get; }

    /// <summary>Opens the folder.</summary>
    /// <exception cref="MarketException">E1239: another process has it.</exception>
    internal static JobFolder Open(string folder, string id, TimeProvider time)
    {
        MarketHome.CreatePrivate(folder);
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new MarketException("E1239", ExitCode.Usage, $"Another command is fetching or sending job {id}.", "wait for it, or end it", e);
        }

        try
        {
            return new JobFolder(held, BlobStore.Open(new BlobStoreOptions { Directory = Path.Combine(folder, "blobs"), Retention = TimeSpan.FromDays(365) }, time));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
