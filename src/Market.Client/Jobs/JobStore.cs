using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Staging;

namespace Market.Client.Jobs;

/// <summary>This user's job records, a private folder each: <c>job.json</c> and the job's small blobs.</summary>
public sealed class JobStore(MarketHome home, TimeProvider time)
{
    private const string FileName = "job.json";
    private const string StagedName = "stages.json";
    private const string IdPrefix = "j-";

    /// <summary>Every job, newest first. A record that cannot be read is left out: <see cref="Find"/> says why.</summary>
    public IReadOnlyList<JobRecord> List() =>
        [.. Ids().Select(id => TryRead(id, out _)).OfType<JobRecord>().OrderByDescending(job => job.CreatedAt)];

    /// <summary>Every job of several stages, newest first; as in <see cref="List"/>, without what cannot be read.</summary>
    public IReadOnlyList<StagedRecord> ListStaged() =>
        [.. Ids(StagedName).Select(id => TryReadStaged(id, out _)).OfType<StagedRecord>().OrderByDescending(job => job.CreatedAt)];

    /// <summary>Ids of all jobs, of one task and of several stages, newest first.</summary>
    public IEnumerable<string> Known() =>
        List().Select(job => (job.Id, job.CreatedAt)).Concat(ListStaged().Select(job => (job.Id, job.CreatedAt))).OrderByDescending(job => job.CreatedAt).Select(job => job.Id);

    /// <summary>The job whose id starts with <paramref name="id"/>, with or without its j-.</summary>
    /// <exception cref="MarketException">E1207: none or several do. E1236: its record is damaged.</exception>
    public JobRecord Find(string id)
    {
        var wanted = id.StartsWith(IdPrefix, StringComparison.Ordinal) ? id : IdPrefix + id;
        var matches = Ids().Where(known => known.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (matches.Length == 0) throw new MarketException("E1207", ExitCode.Usage, $"There is no job '{id}' in {home.Jobs}.", "market job list");
        if (matches.Length > 1) throw new MarketException("E1207", ExitCode.Usage, $"'{id}' fits {matches.Length} jobs: {string.Join(", ", matches.Take(4))}.", "give more of its digits");
        return TryRead(matches[0], out var fault)
            ?? throw new MarketException("E1236", ExitCode.FileInvalid, $"The record of job {matches[0]} cannot be read: {fault}", $"mend or remove {FileOf(matches[0])}");
    }

    /// <summary>The job of several stages whose id starts with <paramref name="id"/>; null if none or several do.</summary>
    /// <exception cref="MarketException">E1236: its record is damaged.</exception>
    public StagedRecord? FindStaged(string id)
    {
        var wanted = id.StartsWith(IdPrefix, StringComparison.Ordinal) ? id : IdPrefix + id;
        var matches = Ids(StagedName).Where(known => known.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (matches.Length != 1) return null;
        return TryReadStaged(matches[0], out var fault)
            ?? throw new MarketException("E1236", ExitCode.FileInvalid, $"The record of job {matches[0]} cannot be read: {fault}", $"mend or remove {Path.Combine(FolderOf(matches[0]), StagedName)}");
    }

    /// <summary>Second copies of ranges of a job, oldest first.</summary>
    public IReadOnlyList<JobRecord> CopiesOf(JobRecord job) => [.. List().Where(other => other.IsCopy && other.Retry?.Of == job.Id).Reverse()];

    /// <summary>The newest job that bought part of the job <paramref name="id"/> again and writes to the same folder; null if none did.</summary>
    public string? NewestRetryOf(string id, string outputDirectory) =>
        List().Where(job => !job.IsCopy).Select(job => (job.Id, job.CreatedAt, job.Retry, job.OutputDirectory))
            .Concat(ListStaged().Select(job => (job.Id, job.CreatedAt, job.Retry, job.OutputDirectory)))
            .Where(job => job.Retry?.Of == id && job.OutputDirectory == outputDirectory)
            .OrderBy(job => job.CreatedAt).Select(job => job.Id).LastOrDefault();

    /// <summary>Writes the record whole or not at all, and to the disk, not just to its cache.</summary>
    public Task SaveAsync(JobRecord job, CancellationToken cancel) => SaveAsync(job.Id, FileName, job, JobRecordJson.Default.JobRecord, cancel);

    /// <summary>The same for a job of several stages.</summary>
    public Task SaveAsync(StagedRecord job, CancellationToken cancel) => SaveAsync(job.Id, StagedName, job, JobRecordJson.Default.StagedRecord, cancel);

    private async Task SaveAsync<T>(string id, string name, T record, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        MarketHome.CreatePrivate(home.Jobs);
        MarketHome.CreatePrivate(FolderOf(id));
        var whole = Path.Combine(FolderOf(id), name);
        var draft = whole + ".draft";
        await using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await JsonSerializer.SerializeAsync(file, record, type, cancel);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, whole, overwrite: true);
    }

    /// <summary>Forgets a job that was never posted.</summary>
    public void Remove(string id)
    {
        if (Directory.Exists(FolderOf(id))) Directory.Delete(FolderOf(id), recursive: true);
    }

    /// <summary>The job's blobs, for this process alone until disposed.</summary>
    /// <exception cref="MarketException">E1239: another process has them.</exception>
    public JobFolder OpenFolder(string id) => JobFolder.Open(FolderOf(id), id, time);

    private IEnumerable<string> Ids(string name = FileName) => Directory.Exists(home.Jobs)
        ? Directory.EnumerateDirectories(home.Jobs, IdPrefix + "*").Where(folder => File.Exists(Path.Combine(folder, name))).Select(folder => Path.GetFileName(folder)!)
        : [];

    private StagedRecord? TryReadStaged(string id, out string fault)
    {
        try
        {
            var job = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(FolderOf(id), StagedName)), JobRecordJson.Default.StagedRecord);
            fault = job?.Schema == StagedRecord.CurrentSchema ? "" : $"its schema is {job?.Schema ?? "missing"}";
            return fault.Length == 0 ? job : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
            return null;
        }
    }

    private JobRecord? TryRead(string id, out string fault)
    {
        try
        {
            var job = JsonSerializer.Deserialize(File.ReadAllText(FileOf(id)), JobRecordJson.Default.JobRecord);
            fault = job?.Schema == JobRecord.CurrentSchema ? "" : $"its schema is {job?.Schema ?? "missing"}";
            return fault.Length == 0 ? job : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            fault = e.Message;
            return null;
        }
    }

    private string FolderOf(string id) => Path.Combine(home.Jobs, id);

    private string FileOf(string id) => Path.Combine(FolderOf(id), FileName);
}
