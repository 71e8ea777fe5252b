using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Market.Chain.Development;

/// <summary>
/// A process of the local market that outlives the command that started it. Known by its id and start time together, so
/// that an id which the system has given to a stranger in the meantime is never signalled.
/// </summary>
/// <param name="Name">What it is, for people: <c>chain</c>, <c>node-1</c>.</param>
/// <param name="Id">The operating system's process id.</param>
/// <param name="StartedTicks">Start time as UTC ticks.</param>
/// <param name="Log">File that takes its standard output and error.</param>
public sealed record DetachedProcess(string Name, int Id, long StartedTicks, string Log)
{
    // Start times are read back with the kernel's clock-tick granularity.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Starts <paramref name="file"/>, deaf to the terminal's hang-up and interrupt, with output appended to <paramref name="log"/>.
    /// </summary>
    /// <param name="name">What it is, for people.</param>
    /// <param name="file">The executable.</param>
    /// <param name="arguments">Its arguments; never a secret, since process lists show them.</param>
    /// <param name="environment">Variables set over those of this process; null removes one.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="log">File for its output, created for this user alone.</param>
    /// <exception cref="LaunchException">It cannot be started.</exception>
    public static DetachedProcess Start(
        string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, string workingDirectory, string log)
    {
        // The shell only arranges descriptors and signals, then becomes the program: the id stays the same.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = workingDirectory, RedirectStandardInput = true };
        string[] shell = ["-c", "umask 077; log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, file, .. arguments];
        foreach (var argument in shell) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment)
        {
            if (value is null) start.Environment.Remove(key);
            else start.Environment[key] = value;
        }

        try
        {
            using var process = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
            return new DetachedProcess(name, process.Id, process.StartTime.ToUniversalTime().Ticks, log);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new LaunchException($"{name} could not be started: {e.Message}", e);
        }
    }

    /// <summary>Whether the very process that was started still runs.</summary>
    public bool IsRunning()
    {
        using var process = Find();
        return process is not null;
    }

    /// <summary>Ends it at once (SIGKILL), as a crash would.</summary>
    public void Kill()
    {
        using var process = Find();
        process?.Kill(entireProcessTree: true);
    }

    /// <summary>Ends it at once (SIGKILL), not its children, and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancel)
    {
        using var process = Find();
        if (process is null) return;
        process.Kill();
        await process.WaitForExitAsync(cancel);
    }

    /// <summary>Ids of its children.</summary>
    public IReadOnlyList<int> Children() => !IsRunning()
        ? []
        : [.. Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && ParentOf(folder) == Id).Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))];

    /// <summary>Ends its children at once (SIGKILL), but not itself. How many there were.</summary>
    public int KillChildren()
    {
        var killed = 0;
        foreach (var id in Children())
        {
            try
            {
                using var child = Process.GetProcessById(id);
                child.Kill();
                killed++;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It ended meanwhile.
            }
        }

        return killed;
    }

    /// <summary>Asks it to end (SIGTERM) and ends it by force when <paramref name="grace"/> has passed.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan grace, TimeProvider time, CancellationToken cancel)
    {
        using var process = Find();
        if (process is null) return true;

        using (var signal = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { "-TERM", $"{Id}" }, RedirectStandardError = true }))
        {
            if (signal is not null) await signal.WaitForExitAsync(cancel);
        }

        using var limit = new CancellationTokenSource(grace, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            await process.WaitForExitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancel);
            return false;
        }
    }

    /// <summary>The last <paramref name="lines"/> lines of its log.</summary>
    public string Tail(int lines) =>
        File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(lines)) : "";

    private static int ParentOf(string folder)
    {
        try
        {
            // proc(5): pid (comm) state ppid …; the name may hold anything but ends at the last parenthesis.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return 0;
        }
    }

    private Process? Find()
    {
        try
        {
            var process = Process.GetProcessById(Id);
            var apart = process.StartTime.ToUniversalTime().Ticks - StartedTicks;
            if (!process.HasExited && Math.Abs(apart) <= StartTolerance.Ticks) return process;
            process.Dispose();
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // No such process, or it ended while we looked.
            return null;
        }
    }
}
