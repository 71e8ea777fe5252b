using System.Diagnostics;
using System.Globalization;

namespace Market.Client.Providers;

/// <summary>The node that runs on a data directory of this machine, found by the lock that it holds.</summary>
public sealed class RunningNode : IDisposable
{
    /// <summary>Held by the node while it runs, however it ends.</summary>
    public const string LockFile = "lock";

    /// <summary>Number of the process that took the lock last.</summary>
    public const string ProcessFile = "pid";

    private readonly Process _process;

    private RunningNode(Process process) => _process = process;

    /// <summary>Its process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>The node on <paramref name="directory"/>; null if none runs. A number left by a dead node is not believed.</summary>
    public static RunningNode? Find(string directory)
    {
        try
        {
            // Whoever gets the lock has shown that nobody holds it.
            using (new FileStream(Path.Combine(directory, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None)) return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            return int.TryParse(File.ReadAllText(Path.Combine(directory, ProcessFile)), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Of(id) : null;
        }
    }

    /// <summary>Asks it to drain: no new work, finish what runs, end. The drain goes on whatever becomes of the caller.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        using var signal = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { "-TERM", ProcessId.ToString(CultureInfo.InvariantCulture) }, RedirectStandardError = true })!;
        await signal.WaitForExitAsync(cancel);
    }

    /// <summary>Completes when it has ended.</summary>
    public Task WaitForExitAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static RunningNode? Of(int id)
    {
        try
        {
            return new RunningNode(Process.GetProcessById(id));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
