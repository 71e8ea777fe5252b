using System.Diagnostics;
using Market.EndToEnd.Tests.Harness;

namespace Market.EndToEnd.Tests.Drills;

/// <summary>Many tasklets over four nodes, one of which dies every 20 seconds and stays away until the next does.</summary>
public sealed class ThousandTaskletsTests(FourNodesFixture local, ITestOutputHelper output) : IClassFixture<FourNodesFixture>
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OneOfFourNodesIsAlwaysDead_EveryTaskletIsDone_AndTheLogSaysWhyItWasGivenOutAgain()
    {
        var tasklets = Soak.Require("MARKET_SOAK_TASKLETS");
        var seed = Soak.Setting("MARKET_SOAK_SEED") ?? Environment.TickCount;
        Tell($"seed {seed}, {tasklets} tasklets");
        var random = new Random(seed);
        var victims = Victims.Of(local);
        var started = Stopwatch.GetTimestamp();
        var id = await Soak.PostAsync(local, await Soak.WriteJobAsync(local.Folder(), tasklets, "m", "30m"), Tell);
        using var client = local.Market.Start(["job", "watch", id, "--keep", "--timeout", "30m"]);
        _ = client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        string? dead = null;
        var deaths = 0;
        while (await Task.WhenAny(client.WaitForExitAsync(TestContext.Current.CancellationToken), Task.Delay(Between, TestContext.Current.CancellationToken)) is var _ && !client.HasExited)
        {
            var next = victims.Nodes.Where(n => n != dead).ElementAt(random.Next(victims.Nodes.Count - 1));
            if (dead is not null) victims.Start(dead);
            await victims.KillAsync(dead = next);
            deaths++;
            Tell($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: kill -9 of {dead}");
        }

        Assert.True(client.ExitCode == 0, await said);
        if (dead is not null) victims.Start(dead);
        Assert.Equal(tasklets, await Soak.EndsAsync(local, id, tasklets, Tell));
        await local.AssertExactAsync();
        Tell($"seed {seed}: {tasklets} tasklets done and paid once in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {deaths} deaths, audit exact");
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }
}

/// <summary>A local market of four nodes.</summary>
public sealed class FourNodesFixture : LocalMarketFixture
{
    protected override string[] StartArguments => ["--nodes", "4"];
}
