using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Market.Sandbox.Workers;

/// <summary>
/// Starts worker processes that inherit nothing: an empty environment but for the .NET runtime's own switches, an empty
/// read-only working directory, three pipes.
/// </summary>
internal sealed class WorkerLauncher(SandboxOptions options)
{
    private readonly string _executable = options.WorkerPath ?? WorkerLocator.Find();
    private readonly string _workingDirectory = PrivateDirectory.Create(Path.Combine(options.Directory, "empty"), writable: false);

    /// <exception cref="System.ComponentModel.Win32Exception">The executable cannot be started.</exception>
    public Process Start(WorkerRole role)
    {
        var start = new ProcessStartInfo(_executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = _workingDirectory,
        };
        start.ArgumentList.Add(role == WorkerRole.Compile ? "compile" : "run");
        start.Environment.Clear();

        // The host executable looks for the runtime here first; this process runs on one already.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        // No debugger or profiler sockets, and no double-mapped code pages, which only slow the start.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        if (OperatingSystem.IsWindows()) start.Environment["SystemRoot"] = Environment.GetEnvironmentVariable("SystemRoot");
        return Process.Start(start) ?? throw new InvalidOperationException("no process was started");
    }
}

/// <summary>What a worker process may be asked.</summary>
internal enum WorkerRole
{
    /// <summary>Run one module's tasklets. Never compiles.</summary>
    Run,

    /// <summary>Compile one module, then end. Never runs guest code, so its artefacts can be trusted.</summary>
    Compile,
}
