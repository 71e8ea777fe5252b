using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests;

/// <summary>The <c>task</c> commands on the samples, without a chain.</summary>
public sealed class TaskCommandTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("market-test-").FullName;

    private static string Samples { get; } = FindSamples();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Inspect_Sample_ListsImportsAndMemory()
    {
        var run = await new MarketProcess(_home).RunAsync(["task", "inspect", Path.Combine(Samples, "fractal", "fractal.wasm"), "--json"]);

        run.Exits(0);
        Assert.Equal("market.module/1", run.Json.GetProperty("schema").GetString());
        Assert.Contains("fd_write", run.Json.GetProperty("imports").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Inspect_NoModule_ExitsWith9_AndNamesTheOffset()
    {
        var file = Path.Combine(_home, "text.wasm");
        await File.WriteAllTextAsync(file, "not wasm", TestContext.Current.CancellationToken);

        var run = await new MarketProcess(_home).RunAsync(["task", "inspect", file]);

        run.Exits(9);
        Assert.Contains("at byte 0x", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fractal")]
    [InlineData("textstats")]
    public async Task Test_SamplesCases_AllMatch(string sample)
    {
        var run = await new MarketProcess(_home).RunAsync(["task", "test", Path.Combine(Samples, sample, $"{sample}.wasm")]);

        run.Exits(0);
        Assert.Contains(" 0 failed", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_WrongExpectation_ExitsWith6_AndSaysWhere()
    {
        var cases = Directory.CreateDirectory(Path.Combine(_home, "cases")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cases, "wrong.in"), "One.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(cases, "wrong.out"), "{}", TestContext.Current.CancellationToken);

        var run = await new MarketProcess(_home).RunAsync(["task", "test", Path.Combine(Samples, "textstats", "textstats.wasm"), "--cases", cases]);

        run.Exits(6);
        Assert.Contains("differ from byte 1", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_ArgumentsAfterDashes_AreTheProgramsOwn()
    {
        var run = await new MarketProcess(_home).RunAsync(["task", "test", Path.Combine(Samples, "fractal", "fractal.wasm"), "--json", "--", "0", "64", "64", "64"]);

        run.Exits(0);
        Assert.Equal("ended", run.Json.GetProperty("cases")[0].GetProperty("verdict").GetString());
    }

    private static string FindSamples()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "samples");
    }
}
