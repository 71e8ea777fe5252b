using System.Globalization;
using Market.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Market.Blobs;

/// <summary>
/// The layout on disk, the same on every machine: <c>v1/ab/abcd…-length</c> holds a blob, the same with <c>.tree</c> its
/// chunks' roots, then their checks, when it has more than one chunk; <c>partial/</c> holds proven chunks in their places, <c>notes/</c> their roots,
/// <c>temp/</c> what has no name yet. All of it is closed to everyone but the owner.
/// A blob file's last-write time is the moment until which it is promised to be kept: setting it is atomic, and it
/// survives a crash without a second file.
/// </summary>
internal sealed class BlobFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string PartialFolder = "partial";
    private const string NotesFolder = "notes";
    private readonly string _blobs;
    private readonly string _partial;
    private readonly string _temp;
    private long _next;

    public BlobFiles(string directory)
    {
        MakeDirectory(directory);
        _blobs = MakeDirectory(Path.Combine(directory, "v1"));
        _partial = MakeDirectory(Path.Combine(directory, PartialFolder));
        MakeDirectory(Path.Combine(directory, NotesFolder));
        _temp = MakeDirectory(Path.Combine(directory, "temp"));
        foreach (var leftover in Directory.EnumerateFiles(_temp)) File.Delete(leftover);
    }

    public static string TreeOf(string blob) => blob + ".tree";

    /// <summary>Where the roots of the chunks in the partial file at <paramref name="partial"/> are noted.</summary>
    public static string NotesOf(string partial) =>
        Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(partial))!, NotesFolder, Path.GetFileName(partial));

    /// <summary>Opens a file for writing that its owner alone may read.</summary>
    public static SafeFileHandle OpenPrivate(string path, FileMode mode, FileOptions options = FileOptions.None)
    {
        var handle = File.OpenHandle(path, mode, FileAccess.Write, FileShare.Read, options);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, OwnersFile);
        return handle;
    }

    public string Blob(BlobName name)
    {
        var file = FileName(name);
        return Path.Combine(_blobs, file[..2], file);
    }

    public string Partial(BlobName name) => Path.Combine(_partial, FileName(name));

    public string Temp() =>
        Path.Combine(_temp, Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture));

    /// <summary>Moves a finished, flushed file to its name's place. A tree goes first: a blob in place always has its tree.</summary>
    public void Publish(string file, BlobName name, ChunkTree tree, IReadOnlyList<ChunkCheck> checks)
    {
        var blob = Blob(name);
        MakeDirectory(Path.GetDirectoryName(blob)!);
        if (tree.Roots.Count > 1)
        {
            var count = tree.Roots.Count;
            var content = new byte[count * (Hash256.Size + ChunkCheck.Size)];
            for (var i = 0; i < count; i++)
            {
                tree.Roots[i].CopyTo(content.AsSpan(i * Hash256.Size));
                checks[i].Write(content.AsSpan((count * Hash256.Size) + (i * ChunkCheck.Size)));
            }

            var temp = Temp();
            using (var handle = OpenPrivate(temp, FileMode.CreateNew))
            {
                RandomAccess.Write(handle, content, 0);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(temp, TreeOf(blob), overwrite: true);
        }

        File.Move(file, blob, overwrite: true);
    }

    public void Delete(BlobName name)
    {
        // The blob goes first: a blob in place always has its tree.
        var blob = Blob(name);
        File.Delete(blob);
        File.Delete(TreeOf(blob));
    }

    public IEnumerable<(BlobName Name, DateTimeOffset KeepUntil)> Blobs()
    {
        foreach (var file in new DirectoryInfo(_blobs).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            // A file shorter than its name says was cut by a crash of the machine: it is not held.
            if (TryParse(file.Name, out var name) && file.Length == name.Length) yield return (name, file.LastWriteTimeUtc);
        }
    }

    public IEnumerable<(BlobName Name, string Path)> Partials()
    {
        foreach (var path in Directory.EnumerateFiles(_partial))
        {
            if (TryParse(Path.GetFileName(path), out var name)) yield return (name, path);
        }
    }

    private static string FileName(BlobName name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name.Root.ToString().AsSpan(2)}-{name.Length}");

    private static bool TryParse(string file, out BlobName name) =>
        BlobName.TryParse(file.Replace('-', ':'), out name);

    private static string MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
            if (File.GetUnixFileMode(path) != OwnerOnly) File.SetUnixFileMode(path, OwnerOnly);
        }

        return path;
    }
}
