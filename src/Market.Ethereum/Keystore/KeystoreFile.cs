namespace Market.Ethereum.Keystore;

/// <summary>Writes keystore files that only their owner can read.</summary>
public static class KeystoreFile
{
    /// <summary>Creates <paramref name="path"/> with mode 0600 (and a missing folder with 0700); never overwrites.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static async Task CreateAsync(string path, string json, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var stream = new FileStream(path, options);
        await using var writer = new StreamWriter(stream);
        await writer.WriteLineAsync(json.AsMemory(), cancel);
        await writer.FlushAsync(cancel);
        stream.Flush(flushToDisk: true);
    }
}
