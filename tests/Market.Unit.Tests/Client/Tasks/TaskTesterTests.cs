using Market.Client.Faults;
using Market.Client.Tasks;
using Market.Sandbox;
using Market.Unit.Tests.Sandbox;

namespace Market.Unit.Tests.Client.Tasks;

public sealed class TaskTesterTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("market-cases-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TaskTester Tester => new(sandbox.Runtime, TimeProvider.System);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Run_ExpectedOutput_Matches()
    {
        var report = await RunAsync(CanonicalModules.Exclaim, "!"u8.ToArray());

        Assert.Equal((CaseVerdict.Matched, true), (report.Verdict, report.Passed));
    }

    [Fact]
    public async Task Run_OtherOutput_SaysWhereItDiffers()
    {
        var report = await RunAsync(CanonicalModules.Exclaim, "?"u8.ToArray());

        Assert.Equal((CaseVerdict.Differs, false), (report.Verdict, report.Passed));
        Assert.Contains("from byte 0: \"!\" instead of \"?\"", report.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LongerOutput_DiffersAtTheEnd()
    {
        var report = await RunAsync(CanonicalModules.Exclaim, Array.Empty<byte>());

        Assert.Contains("instead of the end", report.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ExitCode_Fails()
    {
        var report = await RunAsync(CanonicalModules.ExitSeven, null);

        Assert.Equal((CaseVerdict.Failed, "exits with code 7"), (report.Verdict, report.Detail));
    }

    [Fact]
    public async Task Run_OutOfFuel_FailsWithTheFuelThatWasUsed()
    {
        var report = await RunAsync(CanonicalModules.EndlessLoop, null);

        Assert.Equal((CaseVerdict.Failed, "traps: out of fuel"), (report.Verdict, report.Detail));
        Assert.Equal(SandboxFixture.Ample.Fuel, report.Fuel.Units);
    }

    [Fact]
    public async Task Run_NeverEnding_IsGivenUp()
    {
        var report = await RunAsync(CanonicalModules.Unmetered, null, SandboxFixture.Ample with { WallClock = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(CaseVerdict.GivenUp, report.Verdict);
    }

    [Fact]
    public async Task Prepare_NoModule_IsAFaultOfTheFile()
    {
        var exception = await Assert.ThrowsAsync<MarketException>(() => Tester.PrepareAsync("x.wasm", "nothing"u8.ToArray(), Token));

        Assert.Equal(("E1301", ExitCode.FileInvalid), (exception.Fault.Code, exception.Fault.Exit));
    }

    [Fact]
    public async Task ReadFolder_PairsInputsArgumentsAndOutputs()
    {
        Write("a.in", "text");
        Write("a.out", "TEXT");
        Write("b.args", "one\ntwo words\n");

        var cases = await TaskCase.ReadFolderAsync(_directory.FullName, Token);

        Assert.Equal(["a", "b"], cases.Select(c => c.Name));
        Assert.Equal("TEXT"u8.ToArray(), cases[0].Expected!.Value.ToArray());
        Assert.Equal(["one", "two words"], cases[1].Arguments);
        Assert.Null(cases[1].Expected);
    }

    [Theory]
    [InlineData]
    [InlineData("lonely.out")]
    [InlineData("notes.txt")]
    public async Task ReadFolder_WithoutACase_IsAFault(params string[] files)
    {
        foreach (var file in files) Write(file, "");

        var exception = await Assert.ThrowsAsync<MarketException>(() => TaskCase.ReadFolderAsync(_directory.FullName, Token));

        Assert.Equal("E1309", exception.Fault.Code);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);

    private async Task<CaseReport> RunAsync(byte[] canonical, byte[]? expected, RunLimits? limits = null)
    {
        var module = await SandboxFixture.PrepareAsync(sandbox.Runtime, canonical);
        var test = new TaskCase("case", [], default, expected is null ? default(ReadOnlyMemory<byte>?) : expected);
        return await Tester.RunAsync(module, "program", test, limits ?? SandboxFixture.Ample, Token);
    }
}
