using System.CommandLine;
using Market.Cli.Shell;
using Market.Client.Configuration;
using Market.Client.Faults;
using Market.Sandbox;
using Market.Sandbox.Wasm;

namespace Market.Cli.Commands.Tasks;

/// <summary><c>market task</c>: looks at modules and tries them out here. Needs no wallet; a chain only to name a price.</summary>
internal static class TaskCommand
{
    public static readonly Argument<string> Module = new("module") { Description = "A wasm file, built for WASI preview 1", HelpName = "file.wasm" };

    public static Command Create(Terminal terminal) => new("task", "Look at a module and try it out, as devices would run it")
    {
        InspectCommand.Create(terminal),
        TestCommand.Create(terminal),
        TraceCommand.Create(terminal),
    };

    public static async Task<byte[]> ReadModuleAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarketException("E1308", ExitCode.FileInvalid, $"{path} cannot be read: {e.Message}", "name a wasm file", e);
        }
    }

    public static WasmRuntime OpenRuntime(Terminal terminal)
    {
        try
        {
            MarketHome.CreatePrivate(terminal.Home.Root);
            return new WasmRuntime(new SandboxOptions { Directory = Path.Combine(terminal.Home.Root, "sandbox"), Lanes = 1 }, terminal.Time);
        }
        catch (FileNotFoundException e)
        {
            throw new MarketException("E1007", ExitCode.Internal, $"The sandbox has not been built: {e.Message}", "dotnet build node/Market.Worker", e);
        }
    }
}
