using System.Security.Cryptography;
using System.Text;
using Market.Hashing;

namespace Market.Sandbox.Wasm;

/// <summary>
/// Compiled artefacts on disk. An artefact is native code that the engine loads without any check, so every file
/// carries an HMAC-SHA256 under a key that never leaves the private directory, over the file's own name too: neither a
/// flipped bit nor a file moved here from elsewhere is ever loaded.
/// </summary>
internal sealed class ArtefactStore
{
    private const int KeySize = 32;
    private const string Extension = ".artefact";

    private readonly string _directory;
    private readonly long _capacity;
    private readonly TimeProvider _time;
    private readonly byte[] _key;
    private int _written;

    public ArtefactStore(string directory, long capacity, TimeProvider time)
    {
        _directory = PrivateDirectory.Create(directory);
        _capacity = capacity;
        _time = time;
        _key = ReadOrMakeKey(Path.Combine(directory, "mac.key"));
    }

    /// <summary>Names the artefact of a module for one engine: any change of engine, settings or processor gives another name.</summary>
    public static Hash256 KeyOf(string engine, Hash256 canonicalHash) =>
        Keccak256.Hash(Encoding.UTF8.GetBytes($"market-artefact-1\n{engine}\n{canonicalHash}"));

    /// <summary>The artefact, or null when there is none or the file is not exactly what was written.</summary>
    public byte[]? Read(Hash256 key)
    {
        var path = PathOf(key);
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        if (file.Length <= HMACSHA256.HashSizeInBytes
            || !CryptographicOperations.FixedTimeEquals(Mac(key, file.AsSpan(HMACSHA256.HashSizeInBytes)), file.AsSpan(0, HMACSHA256.HashSizeInBytes)))
        {
            File.Delete(path);
            return null;
        }

        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        return file[HMACSHA256.HashSizeInBytes..];
    }

    /// <summary>Keeps an artefact, then drops the least recently used ones beyond the capacity.</summary>
    public void Write(Hash256 key, ReadOnlySpan<byte> artefact)
    {
        var draft = Path.Combine(_directory, $"{Environment.ProcessId}-{Interlocked.Increment(ref _written)}.draft");
        using (var file = File.Create(draft))
        {
            file.Write(Mac(key, artefact));
            file.Write(artefact);
        }

        File.Move(draft, PathOf(key), overwrite: true);
        Trim();
    }

    private void Trim()
    {
        var files = new DirectoryInfo(_directory).GetFiles($"*{Extension}").OrderByDescending(f => f.LastWriteTimeUtc);
        long total = 0;
        foreach (var file in files)
        {
            total += file.Length;
            if (total > _capacity) file.Delete();
        }
    }

    private string PathOf(Hash256 key) => Path.Combine(_directory, $"{key.ToString()[2..]}{Extension}");

    private byte[] Mac(Hash256 key, ReadOnlySpan<byte> artefact)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(key.ToArray());
        mac.AppendData(artefact);
        return mac.GetHashAndReset();
    }

    private static byte[] ReadOrMakeKey(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var fresh = RandomNumberGenerator.GetBytes(KeySize);
        try
        {
            using var file = new FileStream(path, options);
            file.Write(fresh);
            return fresh;
        }
        catch (IOException) when (File.Exists(path))
        {
            var key = File.ReadAllBytes(path);
            if (key.Length == KeySize) return key;

            // Torn by a crash: artefacts under the old key are refused and compiled again.
            File.WriteAllBytes(path, fresh);
            return fresh;
        }
    }
}
