namespace Market.Sandbox;

/// <summary>Directories that only their owner can enter.</summary>
internal static class PrivateDirectory
{
    /// <summary>Makes the directory if it is missing, and closes it to others either way.</summary>
    public static string Create(string path, bool writable = true)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return path;
        }

        var mode = UnixFileMode.UserRead | UnixFileMode.UserExecute | (writable ? UnixFileMode.UserWrite : UnixFileMode.None);
        Directory.CreateDirectory(path, mode);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
