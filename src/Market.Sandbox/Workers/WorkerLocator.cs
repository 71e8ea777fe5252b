namespace Market.Sandbox.Workers;

/// <summary>Finds the worker executable: beside the caller when published, else in the build output of the same configuration.</summary>
public static class WorkerLocator
{
    private static string FileName => OperatingSystem.IsWindows() ? "market-worker.exe" : "market-worker";

    /// <summary>Path of the worker executable.</summary>
    /// <exception cref="FileNotFoundException">It is in neither place.</exception>
    public static string Find()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var beside = Path.Combine(here.FullName, FileName);

        // A build that only orders the worker before itself gets a copy of the launcher without its assembly.
        if (File.Exists(beside) && File.Exists(Path.Combine(here.FullName, "market-worker.dll"))) return beside;

        // artifacts/bin/<Project>/<configuration>/
        var built = Path.Combine(here.FullName, "..", "..", "Market.Worker", here.Name, FileName);
        if (File.Exists(built)) return Path.GetFullPath(built);
        throw new FileNotFoundException($"the worker executable is neither {beside} nor {Path.GetFullPath(built)}; build node/Market.Worker");
    }
}
