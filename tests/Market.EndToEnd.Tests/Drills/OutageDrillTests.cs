using System.Collections.Immutable;
using Market.Client.Configuration;
using Market.Client.Development;
using Market.Client.Development.Wiring;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>Half a minute without network or chain in the middle of a job, and machines whose clocks are wrong.</summary>
public sealed class OutageDrillTests(SoakMarketFixture local, ITestOutputHelper output) : IClassFixture<SoakMarketFixture>
{
    private const int Tasklets = 24;

    [Theory]
    [InlineData("partition", LineMode.Silent)]
    [InlineData("endpoint down", LineMode.Refused)]
    [InlineData("endpoint silent", LineMode.Silent)]
    public async Task HalfAMinuteOut_TheJobIsDone_AndPaidOnce(string what, LineMode mode)
    {
        var seconds = Soak.Require("MARKET_SOAK_OUTAGE");
        var board = new SwitchboardFiles(Path.Combine(local.Home, "dev"));
        var cut = board.Lines().Where(l => what == "partition" ? !l.Name.StartsWith("chain/", StringComparison.Ordinal) || l.Name == LocalMarket.ChainLine("node-1") : l.Name.StartsWith("chain/", StringComparison.Ordinal));
        var id = await Soak.PostAsync(local, await Soak.WriteJobAsync(local.Folder(), Tasklets, "spin"), Tell);
        using var client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "15m", "--json"]);
        Assert.NotNull(await client.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        board.Write(cut.ToImmutableDictionary(line => line.Name, _ => new LineState(mode)));
        await Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
        board.Write(ImmutableDictionary<string, LineState>.Empty);

        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(client.ExitCode == 0, await said);
        Assert.Equal(Tasklets, (await Soak.EndsAsync(local, id, Tasklets, Tell)).Paid);
        await local.AssertExactAsync();
        Tell($"{what} for {seconds} s: {Tasklets} tasklets done and paid once, audit exact");
    }

    [Fact]
    public async Task ClocksOfTwoMachinesAreHoursOff_TheJobIsDone()
    {
        Soak.Require("MARKET_SOAK_OUTAGE");
        var library = Environment.GetEnvironmentVariable("MARKET_FAKETIME") ?? "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
        Assert.SkipUnless(File.Exists(library), $"there is no {library}: apt-get install faketime, or name the library in MARKET_FAKETIME");
        var market = new LocalMarket(new MarketHome(local.Home), TimeProvider.System);
        foreach (var (node, offset) in new[] { ("node-2", "+3h"), ("node-3", "-2h") })
        {
            await market.KillNodeAsync(node, TestContext.Current.CancellationToken);
            market.StartNodeAgain(node, new Dictionary<string, string?> { ["LD_PRELOAD"] = library, ["FAKETIME"] = offset, ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1" });
        }

        await market.WaitUntilReadyAsync(LocalMarketFile.Read(new MarketHome(local.Home))!, TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        var folder = local.Folder();
        var run = await local.Market.RunAsync(["job", "run", await Soak.WriteJobAsync(folder, Tasklets, "spin"), "--yes", "--skip-local-run", "--timeout", "15m"]);

        run.Exits(0);
        Assert.Equal(Tasklets, Directory.GetFiles(Path.Combine(folder, "out"), "*.txt").Length);
        var devices = (await local.Market.RunAsync(["job", "list", "--json"])).Exits(0);
        Tell(devices.Out);
        await local.AssertExactAsync();
        Tell($"clocks 3 h ahead and 2 h behind: {Tasklets} tasklets done, audit exact");
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}
