using System.Diagnostics;
using Market.Client.Providers;
using Market.Node.Storage;
using Market.Unit.Tests.Architecture;
using Market.Unit.Tests.Blobs;

namespace Market.Unit.Tests.Node;

/// <summary>The built executable, as a supervisor meets it.</summary>
public sealed class NodeProcessTests
{
    [Fact]
    public async Task Run_WithoutConfig_SaysHowOnStandardErrorAndExitsTwo()
    {
        var (exit, error) = await RunAsync();

        Assert.Equal(2, exit);
        Assert.StartsWith("E1400", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OnADirectoryThatAnotherProcessHolds_IsRefused()
    {
        using var temp = new TempDirectory();
        var file = Path.Combine(temp.Path, "provider.yaml");
        ProviderConfigFile.Write(file, new ProviderConfig { Name = "n", Keys = new ProviderKeys { Owner = "o", Operator = "p" } });
        using var held = DataDirectory.Open(Path.Combine(temp.Path, "data"));

        var (exit, error) = await RunAsync("--config", file);

        Assert.Equal(2, exit);
        Assert.StartsWith("E1410", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithABadFile_ListsEveryFaultAndExitsNine()
    {
        using var temp = new TempDirectory();
        var file = Path.Combine(temp.Path, "provider.yaml");
        await File.WriteAllTextAsync(file, "name: ''\nresources: { slots: -1 }\n", TestContext.Current.CancellationToken);

        var (exit, error) = await RunAsync("--config", file);

        Assert.Equal(9, exit);
        Assert.Contains("'name'", error, StringComparison.Ordinal);
        Assert.Contains("'resources.slots'", error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Error)> RunAsync(params string[] arguments)
    {
        // The build puts executables side by side: artifacts/bin/<project>/<configuration>/.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Name;
        var executable = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "Market.Node", configuration, "market-node");
        var start = new ProcessStartInfo(executable) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
