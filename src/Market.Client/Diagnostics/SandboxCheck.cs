using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Client.Diagnostics;

/// <summary>Starts a worker and says whether it computes rightly and is shut off from the rest of the machine.</summary>
internal static class SandboxCheck
{
    private const string Name = "sandbox";

    public static async Task<Finding> ExamineAsync(TimeProvider time, CancellationToken cancel)
    {
        // A place of its own: looking must not touch the artefacts of a node that runs.
        var folder = Directory.CreateTempSubdirectory("market-doctor");
        try
        {
            await using var runtime = new WasmRuntime(new SandboxOptions { Directory = Path.Combine(folder.FullName, "sandbox"), Lanes = 1 }, time);
            return await runtime.CheckAsync(cancel) switch
            {
                { Fit: false } unfit => new Finding(Name, FindingState.Broken, $"workers cannot run modules here: {unfit.Detail}", "build again: dotnet build node/Market.Worker; or use another machine"),
                { Confined: false } => new Finding(
                    Name, FindingState.Warning, "workers run, held by the engine alone: the system does not shut them off", "provide on Linux with seccomp (x86-64 or ARM64), or in a container"),
                _ => new Finding(Name, FindingState.Ok, "a worker started; the system shuts it off from files, network and other processes"),
            };
        }
        catch (FileNotFoundException e)
        {
            return new Finding(Name, FindingState.Broken, e.Message, "dotnet build node/Market.Worker");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
