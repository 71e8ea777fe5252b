using System.Diagnostics;
using System.Text.Json;

namespace Market.EndToEnd.Tests.Harness;

/// <summary>How one run of the command line ended.</summary>
internal sealed record CommandRun(int Exit, string Out, string Error)
{
    /// <summary>Standard output as the one JSON document it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Fails the test with everything the command printed unless it exited with <paramref name="exit"/>.</summary>
    public CommandRun Exits(int exit)
    {
        Assert.True(exit == Exit, $"exit {Exit} instead of {exit}\n--- stdout\n{Out}\n--- stderr\n{Error}");
        return this;
    }
}

/// <summary>The built command line, run as a user would: another process, its own home, no terminal.</summary>
internal sealed class MarketProcess(string home)
{
    private static readonly string Executable = Locate();

    public string Home { get; } = home;

    /// <summary>Runs <c>market</c> with <paramref name="arguments"/> to its end.</summary>
    public async Task<CommandRun> RunAsync(string[] arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        using var process = Start(arguments, environment, directory);
        return await FinishAsync(process, input);
    }

    /// <summary>Runs a bash script that finds <c>market</c> on its path.</summary>
    public async Task<CommandRun> RunInBashAsync(string script)
    {
        var start = StartOf("bash", ["-c", script], new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Executable)}:{Environment.GetEnvironmentVariable("PATH")}",
        }, null);
        using var process = Process.Start(start)!;
        return await FinishAsync(process, null);
    }

    /// <summary>Starts <c>market</c> and leaves it to the caller, who may kill it.</summary>
    public Process Start(string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null) =>
        Process.Start(StartOf(Executable, arguments, environment, directory))!;

    private static async Task<CommandRun> FinishAsync(Process process, string? input)
    {
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        return new CommandRun(process.ExitCode, await output, await error);
    }

    private ProcessStartInfo StartOf(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment, string? directory)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Home,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["MARKET_HOME"] = Home;
        start.Environment["NO_COLOR"] = "1";
        foreach (var name in new[] { "MARKET_WALLET", "MARKET_PROFILE", "MARKET_WALLET_PASSWORD_FILE", "MARKET_PRIVATE_KEY" }) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return start;
    }

    private static string Locate()
    {
        // artifacts/bin/<project>/<configuration>/: the command line stands beside these tests.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(here.Parent!.Parent!.FullName, "Market.Cli", here.Name, "market");
    }
}
