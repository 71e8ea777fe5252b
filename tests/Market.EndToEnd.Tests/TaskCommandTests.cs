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
        Assert.InRange(run.Json.GetProperty("initialPages").GetInt32(), 1, 1_000);
    }

    [Fact]
    public async Task Inspect_OfWhatIsOutsideTheSubset_ExitsWith9_AndNamesTheFeature()
    {
        // (module (memory 1) (func (export "_start") (drop (v128.const i64x2 0 0))))
        byte[] simd =
        [
            .. "\0asm\x01\0\0\0"u8, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, .. "_start"u8, 0, 0,
            10, 23, 1, 21, 0, 0xfd, 0x0c, .. new byte[16], 0x1a, 0x0b,
        ];
        var file = Path.Combine(_home, "simd.wasm");
        await File.WriteAllBytesAsync(file, simd, TestContext.Current.CancellationToken);

        var run = await new MarketProcess(_home).RunAsync(["task", "inspect", file]);

        run.Exits(9);
        Assert.Contains("SIMD (at byte 0x28)", run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_OnThisMachine_SaysWhetherWorkersAreConfined()
    {
        var run = await new MarketProcess(_home).RunAsync(["doctor", "--json"]);

        var sandbox = run.Json.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("name").GetString() == "sandbox");
        Assert.Equal(OperatingSystem.IsLinux() ? "Ok" : "Warning", sandbox.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Doctor_WhereNodeIsTooOld_SaysSoAndWhatToInstall()
    {
        // What a machine has whose node is of an older distribution.
        var (folder, node) = (Path.Combine(_home, "bin"), Path.Combine(_home, "bin", "node"));
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(node, "#!/bin/sh\necho v18.19.0\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = new Dictionary<string, string> { ["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}" };

        var run = await new MarketProcess(_home).RunAsync(["doctor", "--json"], environment: path);

        var finding = run.Json.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("name").GetString() == "node.js");
        Assert.Equal("Warning", finding.GetProperty("state").GetString());
        Assert.Contains("v18.19.0 is too old", finding.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("Node.js 20", finding.GetProperty("fix").GetString(), StringComparison.Ordinal);
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
        var tried = run.Json.GetProperty("cases")[0];
        Assert.Equal("ended", tried.GetProperty("verdict").GetString());
        Assert.Equal(tried.GetProperty("fuel").GetString(), run.Json.GetProperty("highestFuel").GetString());
        Assert.InRange(ulong.Parse(tried.GetProperty("fuel").GetString()!, System.Globalization.CultureInfo.InvariantCulture), 1_000ul, 100_000_000_000ul);
        Assert.InRange(tried.GetProperty("milliseconds").GetDouble(), 0.001, 60_000);
    }

    [Fact]
    public async Task Trace_AtAFuel_ShowsWhereTheRunStands_AndGoesOn()
    {
        var module = Path.Combine(Samples, "fractal", "fractal.wasm");
        string[] program = ["--", "0", "64", "64", "64"];

        var at = await new MarketProcess(_home).RunAsync(["task", "trace", module, "--json", "--at-fuel", "5k", "--steps", "3", "--memory", "0x400:32", .. program]);

        at.Exits(0);
        var state = at.Json.GetProperty("at");
        Assert.InRange(long.Parse(state.GetProperty("fuelUsed").GetString()!, System.Globalization.CultureInfo.InvariantCulture), 5_000, 6_000);
        Assert.Equal("_start", state.GetProperty("calls").EnumerateArray().Select(c => c.GetProperty("function").GetString()).Last(f => f != "(market)"));
        Assert.Equal(3, at.Json.GetProperty("steps").GetArrayLength());
        Assert.Equal(64, at.Json.GetProperty("memory").GetProperty("bytes").GetString()!.Length);

        // One step further, by its number, lies the state that the next step of the list stands in.
        var step = state.GetProperty("step").GetInt64();
        var next = await new MarketProcess(_home).RunAsync(["task", "trace", module, "--json", "--at-step", $"{step + 1}", "--steps", "1", .. program]);
        Assert.Equal(at.Json.GetProperty("steps")[1].GetRawText(), next.Json.GetProperty("steps")[0].GetRawText());
        Assert.NotEqual(state.GetProperty("hash").GetString(), next.Json.GetProperty("at").GetProperty("hash").GetString());
    }

    [Fact]
    public async Task Trace_WithProfile_AccountsForAllFuelThatTheDeviceWouldBill()
    {
        var module = Path.Combine(Samples, "fractal", "fractal.wasm");
        string[] program = ["--", "0", "64", "64", "64"];
        var test = await new MarketProcess(_home).RunAsync(["task", "test", module, "--json", .. program]);

        var trace = await new MarketProcess(_home).RunAsync(["task", "trace", module, "--json", "--at-step", "1000000000000", "--profile", .. program]);

        trace.Exits(0);
        var billed = test.Json.GetProperty("cases")[0];
        Assert.Equal(billed.GetProperty("resultHash").GetString(), trace.Json.GetProperty("end").GetProperty("resultHash").GetString());
        var sum = trace.Json.GetProperty("profile").GetProperty("functions").EnumerateArray()
            .Sum(f => long.Parse(f.GetProperty("fuel").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(billed.GetProperty("fuel").GetString(), $"{sum}");
    }

    [Fact]
    public async Task Trace_WithABadAddress_ExitsWith2()
    {
        var run = await new MarketProcess(_home).RunAsync(["task", "trace", Path.Combine(Samples, "fractal", "fractal.wasm"), "--memory", "here"]);

        run.Exits(2);
        Assert.Contains("--memory", run.Error, StringComparison.Ordinal);
    }

    private static string FindSamples()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Market.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "samples");
    }
}
