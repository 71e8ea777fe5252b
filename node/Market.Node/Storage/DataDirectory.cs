using System.Globalization;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Client.Providers;

namespace Market.Node.Storage;

/// <summary>
/// The one directory that a node keeps everything in, held by one process at a time: two processes on one journal would
/// destroy it, so the lock is taken before anything in it is opened and kept until the process ends, however it ends.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OthersMay =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Blobs: modules, inputs, outputs, result lists.</summary>
    public string Blobs => System.IO.Path.Combine(Path, "blobs");

    /// <summary>Compiled modules and the workers' empty directory.</summary>
    public string Sandbox => System.IO.Path.Combine(Path, "sandbox");

    /// <summary>What the node did and must not forget.</summary>
    public string Journal => System.IO.Path.Combine(Path, "journal.db");

    /// <summary>Transactions that were signed and are in no block yet.</summary>
    public string Pending => System.IO.Path.Combine(Path, "pending.db");

    /// <summary>What it looked at and which moves it made in disputes.</summary>
    public string Disputes => System.IO.Path.Combine(Path, "disputes.db");

    /// <summary>TLS key of the gRPC endpoint; its hash is published on the chain.</summary>
    public string TransportKey => System.IO.Path.Combine(Path, "transport-key.pem");

    /// <summary>Makes the directory if it is missing, for this user alone, and takes its lock.</summary>
    /// <exception cref="MarketException">Another process holds it, it cannot be made, or it is open to others.</exception>
    public static DataDirectory Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            MarketHome.CreatePrivate(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1411", ExitCode.FileInvalid, $"The data directory {full} cannot be made: {e.Message}", "choose another with 'data' in provider.yaml", e);
        }

        RequireSealed(full);
        try
        {
            // FileShare.None is an advisory lock (flock) on Unix: it vanishes with the process, also on kill -9.
            var held = new FileStream(System.IO.Path.Combine(full, RunningNode.LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(System.IO.Path.Combine(full, RunningNode.ProcessFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectory(full, held);
        }
        catch (IOException e)
        {
            throw new MarketException("E1410", ExitCode.Usage, $"Another node runs on the data directory {full}.", "market provider status; stop it first, or give this device a directory of its own", e);
        }
    }

    /// <summary>
    /// Strangers' inputs, outputs and the transport key are in there: a directory that was made or copied with wider rights
    /// is refused rather than closed, for whoever could read it may have done so.
    /// </summary>
    private static void RequireSealed(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & OthersMay) != UnixFileMode.None)
        {
            throw new MarketException(
                "E1413", ExitCode.FileInvalid, $"The data directory {path} is open to other users (mode {Convert.ToString((int)mode, 8)}, not 700); the node did not start.",
                $"see who could read it, then chmod 700 {path}");
        }

        try
        {
            // Only its owner may set a mode, even the one it has.
            File.SetUnixFileMode(path, mode);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new MarketException("E1413", ExitCode.FileInvalid, $"The data directory {path} belongs to another user; the node did not start.", $"run the node as that user, or chown -R \"$USER\" {path}", e);
        }
    }

    /// <summary>Gives the directory free.</summary>
    public void Dispose() => _lock.Dispose();
}
